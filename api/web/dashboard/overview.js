import { html, api, fmt, live, toast, useState, useEffect, useMemo, useLoad, Title, Card, Stat, Tabs, Table, Loaded, Plot, Empty, Skeleton, Badge, Button, Time } from '/assets/core.js';
import { channel, at } from '/assets/channel.js';
import { happenings } from '/assets/stage.js';

const spans = [['24', '24 hours'], ['48', '2 days'], ['168', '7 days']];

export function Overview() {
  const [hours, setHours] = useState('24');
  const activity = useLoad(async (signal) => {
    const [{ items }, anybody] = await Promise.all([api(at(`activity?hours=${hours}`), { signal }), api(at('users?limit=1'), { signal })]);
    return { items, fresh: anybody.items.length === 0 };
  }, [hours]);
  const [now, setNow] = useState({});
  useEffect(() => {
    let dirty = false;
    const line = live(channel, { on: (m) => {
      setNow((was) => (m.type === 'snapshot' ? m.data : { ...was, [m.type]: m.data }));
      dirty ||= m.type === 'points' || m.type === 'drops';
    } });
    const timer = setInterval(() => { if (dirty) { dirty = false; activity.reload(); } }, 15_000);
    return () => { line.close(); clearInterval(timer); };
  }, [hours]);
  return html`<${Title} hint="What goes on in this channel, as it happens." actions=${html`<${LiveSwitch} on=${now.live} />`}>Overview<//>
    <${Tabs} label="Time shown" items=${spans} current=${hours} onChange=${setHours} />
    ${activity.data === undefined && !activity.error ? html`<${Waiting} />`
    : html`<${Loaded} from=${activity}>${(found) => html`${found.fresh && html`<${Start} />`}<${Hours} hours=${found.items} />`}<//>`}
    <div class="columns">
      <${TopViewers} board=${now.leaderboard} />
      <${LastEvent} event=${now.lastEvent} goals=${now.goalList} />
    </div>`;
}

function LiveSwitch({ on }) {
  const [busy, setBusy] = useState(false);
  if (on === undefined) return null;
  const isLive = typeof on === 'object' ? on?.live : on;
  const turn = async () => {
    setBusy(true);
    try { await api.put(at('status'), { live: !isLive }); } catch (e) { toast(e); }
    setBusy(false);
  };
  return html`<${Badge} tone=${isLive ? 'good' : ''}>${isLive ? 'Live' : 'Offline'}<//>
    <${Button} small busy=${busy} onClick=${turn}>${isLive ? 'Go offline' : 'Go live'}<//>`;
}

function Hours({ hours }) {
  const times = useMemo(() => hours.map((h) => Date.parse(h.hour) / 1000), [hours]);
  const points = useMemo(() => [{ label: 'Points given', values: hours.map((h) => h.points), kind: 'bars' }], [hours]);
  const people = useMemo(() => [{ label: 'Active viewers', values: hours.map((h) => h.viewers), colour: '--plot-2' },
    { label: 'Drops', values: hours.map((h) => h.drops), colour: '--plot-3' }], [hours]);
  const sum = (of) => hours.reduce((n, h) => n + h[of], 0);
  const best = hours.reduce((a, h) => (h.viewers > a.viewers ? h : a), hours[0] || { viewers: 0 });
  return html`<div class="stats">
      <${Stat} label="Points given" value=${fmt.brief(sum('points'))} note="net of what was spent" />
      <${Stat} label="Most viewers in an hour" value=${fmt.number(best.viewers)} note=${best.viewers ? fmt.date(best.hour) : 'nobody was active'} />
      <${Stat} label="Drops" value=${fmt.number(sum('drops'))} />
    </div>
    <div class="columns">
      <${Card} title="Points an hour"><${Plot} title="Points given in each hour" times=${times} series=${points} /><//>
      <${Card} title="Viewers and drops an hour"><${Plot} title="Active viewers and drops in each hour" times=${times} series=${people} /><//>
    </div>`;
}

// Waiting is as large as Hours, so that nothing below moves.
const Waiting = () => html`<div class="stats" aria-busy="true"><span class="hidden" role="status">Loading</span>${['Points given', 'Most viewers in an hour', 'Drops'].map((label) => html`<${Stat} key=${label} label=${label} note="\u00a0" />`)}</div>
  <div class="columns">${['Points an hour', 'Viewers and drops an hour'].map((title) => html`<${Card} key=${title} title=${title}><div class="waiting"></div><//>`)}</div>`;

// Start is what to do first, as long as there are no viewers.
const Start = () => html`<${Card} title="Start here"><ol class="steps">
  <li><a href="#/overlays">Make an overlay</a> and copy its address into a browser source of OBS.</li>
  <li>Send it a test alert from the same page.</li>
  <li><a href="#/connections">Connect Kick</a>, so that chat, follows and subscriptions count; or give points <a href="#/viewers">by hand</a>.</li>
  <li>Make it yours: <a href="#/layouts">layout</a>, <a href="#/theme">colours</a>, <a href="#/goals">goals</a>.</li></ol><//>`;

const TopViewers = ({ board }) => html`<${Card} title="Top viewers" flush>
  <${Table} caption="Top viewers" rows=${board?.slice(0, 10)} id=${(r) => r.username}
    empty=${html`<${Empty} icon="users" title="No viewers with points yet">Points come with chat messages, subscriptions and gifts, or from the Viewers page.<//>`}
    columns=${[{ title: 'Viewer', wide: true, cell: (r) => r.username },
      { title: 'Channel points', number: true, hide: true, cell: (r) => fmt.number(r.channelPoints) },
      { title: 'Drops', number: true, hide: true, cell: (r) => fmt.number(r.totalDrops) },
      { title: 'All points', number: true, cell: (r) => fmt.number(r.totalPoints) }]} /><//>`;

function LastEvent({ event, goals }) {
  return html`<${Card} title="On stream now">
    <dl class="facts">
      <dt>Last event</dt><dd>${event === undefined ? html`<${Skeleton} />` : event ? html`<${Happening} ...${event} />` : html`<span class="soft">none yet</span>`}</dd>
      ${(goals || []).map((g) => html`<dt key=${g.id}>${g.label}</dt><dd>${fmt.number(g.current)} of ${fmt.number(g.target)} (${fmt.percent(g.current, g.target)})</dd>`)}
    </dl><//>`;
}

const Happening = ({ type, username, details, timestamp }) => html`<bdi>${username || 'Somebody'}</bdi> ${(happenings[type] || [])[1] || type || ''}${typeof details === 'string' && details && html` <bdi>${details}</bdi>`}${timestamp && html`, <${Time} at=${timestamp} />`}`;
