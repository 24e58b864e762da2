import { html, api, fmt, go, confirm, toast, useState, useEffect, useLoad, usePages, useForm, Title, Card, Stat, Table, Button, Badge, Empty, Form, Field, Loaded, Progress, Time, Icon } from '/assets/core.js';

const tones = { running: 'info', done: 'good', halted: 'warn', failed: 'bad', cancelled: '' };

// Fleet shows the flight plan of the newest migration, as it happens.
export function Fleet({ route }) {
  const status = useLoad((signal) => api('/api/migrations/status', { signal }));
  const jobs = usePages('/api/migrations?limit=20');
  const shown = Number(route.rest[0]) || jobs.items?.[0]?.id;
  const again = () => { status.reload(); jobs.reload(); };
  return html`<${Title} hint="Every shard moves by itself: first a dry run on all real data, then a few, then more and more.">Fleet migration<//>
    <${Loaded} from=${status}>${(s) => html`<div class="stats">
      <${Stat} label="Target" value=${`version ${s.target}`} note=${s.newest && s.newest !== s.target ? `this program knows ${s.newest}` : 'the newest there is'} />
      <${Stat} label="There" value=${`${fmt.number(s.shards.current)} of ${fmt.number(s.shards.total)}`} />
      <${Stat} label="Behind" value=${fmt.number(s.shards.behind)} tone=${s.shards.behind ? 'warn' : ''} />
      <${Stat} label="Ahead" value=${fmt.number(s.shards.ahead)} />
      <${Stat} label="Failed" value=${fmt.number(s.shards.failed)} tone=${s.shards.failed ? 'bad' : ''} />
      <${Stat} label="Quarantined" value=${fmt.number(s.shards.quarantined)} tone=${s.shards.quarantined ? 'bad' : ''} /></div>`}<//>
    <div class="columns"><${Start} target=${status.data?.newest || status.data?.target} onDone=${again} /><${Jobs} jobs=${jobs} shown=${shown} /></div>
    ${shown && html`<${Flight} key=${shown} id=${shown} onEnd=${again} />`}`;
}

function Start({ target, onDone }) {
  const form = useForm({ to: '', workers: '', canary: '', maxFailures: '', only: '' }, async (v) => {
    const body = { action: 'up' };
    for (const name of ['to', 'workers', 'canary', 'maxFailures']) if (v[name] !== '') body[name] = v[name];
    if (v.only) body.only = v.only;
    if (body.to && body.to < target && !await confirm({ title: `Back to version ${body.to}?`, text: 'Each shard goes back by the way back of its migrations. Nothing that was written since is lost.', action: 'Go back', danger: true })) return;
    await begin('/api/migrations', { ...body, ...(body.to && body.to < target && { down: true }) }, onDone);
  });
  const plan = () => begin('/api/migrations', { action: 'plan', ...(form.values.to !== '' && { to: form.values.to }) }, onDone);
  return html`<${Card} title="Take off" hint="A plan changes nothing. What fails stays whole at its version and is served as before.">
    <${Form} form=${form} always action="Migrate" also=${html`<${Button} icon="eye" onClick=${plan}>Plan: try it on copies<//>`}>
      <div class="columns narrow">
        <${Field} form=${form} name="to" type="number" label="To version" placeholder=${target} min="1" step="1" />
        <${Field} form=${form} name="workers" type="number" label="Workers" placeholder="half the processors" min="1" max="64" step="1" />
        <${Field} form=${form} name="canary" type="number" label="Canary shards" placeholder="1 of 100, at most 10" min="0" step="1" />
        <${Field} form=${form} name="maxFailures" type="number" label="Failures allowed" placeholder="10" min="0" step="1" />
      </div>
      <${Field} form=${form} name="only" label="One streamer only" hint="Empty: the whole fleet." /><//><//>`;
}

// begin has the server start or take up a job, which goes on by itself; the flight below shows how
// it goes.
async function begin(path, body, onDone) {
  try {
    const job = await api.post(path, body);
    if (job.id === 0) toast('There is nothing to do: every shard is there');
    else if (job.kind) go(`fleet/${job.id}`);
  } catch (e) { toast(e); }
  onDone();
}

const Jobs = ({ jobs, shown }) => html`<${Card} flush title="Flights"><${Table} caption="Migrations" from=${jobs} empty=${html`<${Empty} icon="layers" title="No migration yet">A fresh installation is born at the newest version.<//>`}
  columns=${[{ title: 'Job', cell: (j) => html`<a href="#/fleet/${j.id}" aria-current=${j.id === shown ? 'true' : undefined}>${j.kind}\u00a0${j.id}</a>` },
    { title: 'State', cell: (j) => html`<${Badge} tone=${tones[j.state]}>${j.state}<//>` },
    { title: 'Shards', number: true, cell: (j) => `${fmt.number(j.done)} / ${fmt.number(j.total)}` },
    { title: 'Failed', number: true, hide: true, cell: (j) => fmt.number(j.failed) },
    { title: 'When', hide: true, cell: (j) => html`<${Time} at=${j.startedAt} />` }]} /><//>`;

// Flight is one job: progress, a square for every shard, and what failed.
function Flight({ id, onEnd }) {
  const [job, setJob] = useState(null);
  const shards = useLoad((signal) => api.all(`/api/migrations/${id}/shards`, { most: 20_000, signal }), [id]);
  useEffect(() => {
    let gone = false, timer, was;
    const look = async () => {
      try {
        const now = await api(`/api/jobs/${id}`);
        if (gone) return;
        setJob(now);
        if (now.state === 'running' || was === 'running') shards.reload();
        if (was === 'running' && now.state !== 'running') onEnd();
        was = now.state;
      } catch (e) { if (!gone && e.status === 404) return; }
      if (!gone) timer = setTimeout(look, was === 'running' ? 1_000 : 5_000);
    };
    look();
    return () => { gone = true; clearTimeout(timer); };
  }, [id]);
  if (!job) return null;
  const act = (verb, sure) => async () => {
    if (sure && !await confirm(sure)) return;
    await begin(`/api/migrations/${id}/${verb}`, verb === 'rollback' ? {} : undefined, onEnd);
  };
  const failed = (shards.data || []).filter((s) => s.state === 'failed');
  return html`<${Card} title=${html`Flight ${id} <${Badge} tone=${tones[job.state]}>${job.state}<//>`} hint=${`Begun ${fmt.date(job.startedAt)} by ${job.actor}`} actions=${html`
      ${job.state === 'running' && html`<${Button} icon="pause" onClick=${act('halt')}>Halt<//>`}
      ${(job.state === 'halted' || job.state === 'failed') && html`<${Button} icon="play" primary onClick=${act('resume')}>Resume<//>`}
      ${job.state !== 'running' && job.kind === 'migrate' && html`<${Button} danger icon="undo" onClick=${act('rollback', { title: 'Roll back this flight?', text: 'Only the shards that moved go back, each by the way back of its migration. Nothing that was written since is lost.', action: 'Roll back', danger: true })}>Roll back<//>`}`}>
    <${Progress} label="Shards" value=${job.done + job.failed} max=${job.total} tone=${job.failed ? 'warn' : job.state === 'done' ? 'good' : ''} />
    <p class="soft">${fmt.number(job.done)} of ${fmt.number(job.total)} shards${job.failed ? `, ${fmt.number(job.failed)} failed` : ''}${job.state === 'running' ? rate(job) : ''}</p>
    <${Loaded} from=${shards}>${(all) => html`<${Grid} shards=${all} />`}<//>
    ${failed.length > 0 && html`<h3>Failed</h3><${Table} caption="Failed shards" rows=${failed.slice(0, 100)} columns=${[{ title: 'Streamer', cell: (s) => (s.streamer ? html`<a href="#/streamers/${s.streamer}">${s.streamer}</a>` : s.id) },
      { title: 'Version', hide: true, cell: (s) => `${s.from ?? '–'} → ${s.to ?? '–'}` }, { title: 'Why', wide: true, cell: (s) => s.error || '' }]} />`}<//>`;
}

function rate(job) {
  const seconds = (Date.now() - new Date(job.startedAt)) / 1000;
  const each = (job.done + job.failed) / Math.max(seconds, 0.001);
  if (!each) return '';
  const rest = (job.total - job.done - job.failed) / each;
  return `, ${each.toFixed(each < 10 ? 1 : 0)} a second, ${fmt.milliseconds(1000 * rest)} left`;
}

const words = { waiting: 'waiting', running: 'under way', done: 'moved', failed: 'failed', skipped: 'was there', 'rolled-back': 'rolled back' };

// Grid has a square for every shard; beyond some thousands it is a canvas of counts.
function Grid({ shards }) {
  const counts = {};
  for (const s of shards) counts[s.state] = (counts[s.state] || 0) + 1;
  return html`<div class="shards" role="img" aria-label=${Object.entries(counts).map(([s, n]) => `${n} ${words[s] || s}`).join(', ')}>
      ${shards.slice(0, 5000).map((s) => html`<i key=${s.id} class=${s.state} title="${s.streamer || s.id}: ${words[s.state] || s.state}${s.ms != null ? `, ${s.ms} ms` : ''}"></i>`)}</div>
    <p class="row hint">${Object.entries(counts).map(([s, n]) => html`<span key=${s} class="legend"><i class=${s}></i>${fmt.number(n)} ${words[s] || s}</span>`)}
      ${shards.length > 5000 && html`<span><${Icon} name="alert" /> the first 5,000 are drawn</span>`}</p>`;
}
