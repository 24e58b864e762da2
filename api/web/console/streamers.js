import { html, api, segment, fmt, dialog, confirm, toast, go, useState, usePages, useLoad, useForm, Title, Card, Table, Tabs, Search, Button, Badge, Empty, Form, Field, Loaded, Copy, Icon, Time } from '/assets/core.js';

const states = [['', 'All'], ['active', 'Active'], ['suspended', 'Suspended'], ['quarantined', 'Quarantined'], ['held', 'Held'], ['trashed', 'Trash']];
export const tones = { active: 'good', suspended: 'warn', held: 'warn', migrating: 'info', quarantined: 'bad', deleting: 'bad' };
export const State = ({ of }) => html`<${Badge} tone=${tones[of] || ''}>${of === 'trashed' ? 'in the trash' : of}<//>`;

export function Streamers({ route }) {
  return route.rest[0] ? html`<${One} key=${route.rest[0]} name=${route.rest[0]} />` : html`<${All} />`;
}

function All() {
  const [q, setQ] = useState('');
  const [state, setState] = useState('');
  const found = usePages(`/api/streamers?limit=50${q && `&q=${segment(q)}`}${state && `&state=${state}`}`);
  const create = async () => {
    const made = await dialog({ title: 'New streamer', body: (close) => html`<${Create} close=${close} />` });
    if (made) { found.reload(); await handOver(made); }
  };
  return html`<${Title} hint="Every streamer has a database file of his own." actions=${html`<${Button} primary icon="plus" onClick=${create}>New streamer<//>`}>Streamers<//>
    <${Tabs} label="State" items=${states} current=${state} onChange=${setState} />
    <${Card} flush title=${states.find(([s]) => s === state)[1]} actions=${html`<${Search} label="Find by name" onSearch=${setQ} />`}>
      <${Table} caption="Streamers" from=${found} onRow=${(s) => go(`streamers/${s.username}`)}
        empty=${html`<${Empty} icon="users" title=${q || state ? 'No such streamer' : 'No streamers yet'}>${q || state ? 'Names are found by how they begin.' : 'Create the first one; he gets a key for his dashboard.'}<//>`}
        columns=${[{ title: 'Channel', wide: true, cell: (s) => html`<a href="#/streamers/${s.username}">${s.username}</a> <span class="hint">${s.displayName === s.username ? '' : s.displayName}</span>` },
          { title: 'State', cell: (s) => html`<${State} of=${s.state} />` },
          { title: 'Schema', number: true, hide: true, cell: (s) => fmt.number(s.schemaVersion) },
          { title: 'Generation', number: true, hide: true, cell: (s) => fmt.number(s.generation) },
          { title: 'Since', hide: true, cell: (s) => html`<${Time} at=${s.createdAt} />` }]} /><//>`;
}

const handOver = (made) => dialog({ title: `${made.streamer.displayName} is there`, wide: true, body: (close) => html`
  <p class="soft">This link signs its owner in, and is shown this once. Give it to him over a channel that you trust.</p>
  <${Copy} text=${`${location.origin}/${made.streamer.username}/dashboard#key=${made.ownerKey}`} label="Copy link" secret />
  <div class="actions"><${Button} primary onClick=${() => close()}>Done<//></div>` });

function Create({ close }) {
  const form = useForm({ username: '', displayName: '', kickUserId: '' }, (v) => api.post('/api/streamers', { username: v.username, displayName: v.displayName || v.username, ...(v.kickUserId && { kickUserId: v.kickUserId }) }), { onDone: close });
  return html`<${Form} form=${form} action="Create" onCancel=${() => close()}>
    <${Field} form=${form} name="username" label="Channel" hint="Stands in every address: 1 to 32 of a-z, 0-9, _ and -." required maxlength="32" pattern="[A-Za-z0-9_\\-]{1,32}" autofocus />
    <${Field} form=${form} name="displayName" label="Name as shown" maxlength="200" />
    <${Field} form=${form} name="kickUserId" label="Kick id" hint="So that Kick's webhooks find the channel." maxlength="64" /><//>`;
}

// One is everything about one streamer, and what can be done with him.
function One({ name }) {
  const path = `/api/streamers/${segment(name)}`;
  const found = useLoad((signal) => api(path, { signal }), [path]);
  const act = (does, done) => async () => { try { const r = await does(); if (done) toast(done); found.reload(); return r; } catch (e) { toast(e); } };
  return html`<${Title} hint="Operations on one streamer." actions=${html`<a class="button" href="#/streamers">All streamers</a>`}>${name}<//>
    <${Loaded} from=${found} lines=${8}>${(s) => html`
      ${s.stateReason && html`<div class="notice ${s.state === 'quarantined' ? 'bad' : 'warn'}"><${Icon} name="alert" /><span>${s.stateReason}</span></div>`}
      <div class="columns">
        <${Card} title="Streamer" actions=${html`<a class="button small" href="/${s.username}/dashboard"><${Icon} name="external" />Dashboard</a>`}>
          <dl class="facts"><dt>Id</dt><dd>${fmt.number(s.id)}</dd><dt>Name</dt><dd>${s.displayName}</dd><dt>State</dt><dd><${State} of=${s.state} /></dd>
            ${s.purgeAfter && html`<dt>Purged after</dt><dd>${fmt.date(s.purgeAfter)}</dd>`}
            <dt>Kick id</dt><dd>${s.kickUserId || '–'}</dd><dt>Schema</dt><dd>${s.schemaVersion}</dd><dt>Generation</dt><dd>${s.generation}</dd>
            <dt>Quota</dt><dd>${s.quotaBytes ? fmt.bytes(s.quotaBytes) : 'as the installation'}</dd>
            ${s.formerNames?.length > 0 && html`<dt>Former names</dt><dd>${s.formerNames.map((f) => `${f.username} until ${fmt.day(f.until)}`).join(', ')}</dd>`}
            <dt>Created</dt><dd>${fmt.date(s.createdAt)}</dd><dt>Changed</dt><dd><${Time} at=${s.updatedAt} /></dd></dl><//>
        <${Actions} s=${s} path=${path} act=${act} /></div>
      ${s.state !== 'trashed' && s.state !== 'deleting' && html`<div class="columns"><${Keys} path=${path} /><${Backups} s=${s} path=${path} /></div>`}`}<//>`;
}

function Actions({ s, path, act }) {
  const ask = (title, body) => dialog({ title, body });
  const rename = async () => {
    const to = await ask(`Rename ${s.username}`, (close) => html`<${OneField} close=${close} name="username" value=${s.username} action="Rename" label="New channel name" hint="The old name leads here for a while and nobody else gets it. No file is touched." send=${(v) => api.patch(path, v)} />`);
    if (to) { toast(`Renamed to ${to.username}`); go(`streamers/${to.username}`); }
  };
  const clone = async () => {
    const made = await ask(`Clone ${s.username}`, (close) => html`<${OneField} close=${close} name="username" value=${`${s.username.slice(0, 27)}-copy`} action="Clone" label="Channel of the clone" hint="It gets the data, never keys, sign-ins, tokens or the Kick id." send=${(v) => api.post(`${path}/clone`, v)} always />`);
    if (made) { await handOver(made); go(`streamers/${made.streamer.username}`); }
  };
  const suspend = async () => {
    const r = await ask(`Suspend ${s.username}`, (close) => html`<${OneField} close=${close} name="reason" value="" action="Suspend" label="Reason" hint="Is shown to whoever tries to write. Reads go on." send=${(v) => api.post(`${path}/suspend`, v)} />`);
    if (r) act(async () => r, 'Suspended')();
  };
  const trash = async () => { if (await confirm({ title: `Put ${s.username} in the trash?`, text: 'Pages and keys stop at once. He can be had back until he is purged.', action: 'Put in the trash', danger: true })) act(() => api.delete(path), 'In the trash')(); };
  const purge = async () => {
    if (!await confirm({ title: `Destroy ${s.username} for good?`, text: 'The data key is destroyed first, so what is sealed or encrypted anywhere cannot be read any more; then the file and its local backups. This cannot be taken back.', type: s.username, action: 'Purge', danger: true })) return;
    try { await api.post(`${path}/purge`, {}); toast('Purged; the certificate is in the audit log'); go('streamers'); } catch (e) { toast(e); }
  };
  if (s.state === 'trashed' || s.state === 'deleting') {
    return html`<${Card} title="In the trash"><div class="row">${s.state === 'trashed' && html`<${Button} icon="undo" onClick=${act(() => api.post(`${path}/undelete`), 'Back as he was')}>Have him back<//>`}
      <${Button} danger icon="trash" onClick=${purge}>Purge<//></div><//>`;
  }
  const suspended = s.state === 'suspended', out = s.state === 'quarantined' || s.state === 'held';
  return html`<${Card} title="Operations"><div class="row">
    <${Button} icon="edit" onClick=${rename}>Rename<//><${Button} icon="copy" onClick=${clone}>Clone<//>
    ${suspended || out ? html`<${Button} icon="play" onClick=${act(() => api.post(`${path}/resume`), 'In service')}>Resume<//>` : html`<${Button} icon="pause" onClick=${suspend}>Suspend<//>`}
    <${Button} icon="download" onClick=${() => { location.href = `${path}/export?format=sqlite`; }}>Export<//>
    <${Button} danger icon="trash" onClick=${trash}>Delete<//></div>
    <${Limits} s=${s} path=${path} act=${act} /><//>`;
}

function OneField({ name, value, label, hint, action, send, close, always }) {
  const form = useForm({ [name]: value }, send, { onDone: close });
  return html`<${Form} form=${form} always=${always} action=${action} onCancel=${() => close()}><${Field} form=${form} name=${name} label=${label} hint=${hint} required autofocus maxlength="500" /><//>`;
}

function Limits({ s, path, act }) {
  const form = useForm({ mib: s.quotaBytes ? Math.round(s.quotaBytes / 2 ** 20) : '', rps: s.limits?.requestsPerSecond || '' }, (v) =>
    act(() => api.patch(path, { quotaBytes: v.mib ? v.mib * 2 ** 20 : null, limits: { requestsPerSecond: v.rps || null } }), 'Saved')());
  return html`<${Form} form=${form} inline>
    <${Field} form=${form} name="mib" type="number" label="Data, MiB" hint="Empty: as the installation." min="1" step="1" />
    <${Field} form=${form} name="rps" type="number" label="Requests a second" hint="Empty: no limit of his own." min="1" step="1" /><//>`;
}

function Keys({ path }) {
  const found = usePages(`${path}/keys?limit=50`);
  const issue = async () => {
    try {
      const made = await api.post(`${path}/keys`, { role: 'owner', name: 'console' });
      found.reload();
      await dialog({ title: 'New owner key', wide: true, body: (close) => html`<p class="soft">Shown this once.</p><${Copy} text=${made.key} label="Copy key" secret /><div class="actions"><${Button} primary onClick=${() => close()}>Done<//></div>` });
    } catch (e) { toast(e); }
  };
  const revoke = (k) => async () => { if (await confirm({ title: `Revoke “${k.name || k.role}”?`, text: 'It ends at once.', action: 'Revoke', danger: true })) { try { await api.delete(`/api/keys/${k.id}`); found.reload(); } catch (e) { toast(e); } } };
  return html`<${Card} flush title="Keys" actions=${html`<${Button} small icon="plus" onClick=${issue}>Owner key<//>`}>
    <${Table} caption="Keys" from=${found} columns=${[{ title: 'Name', wide: true, cell: (k) => k.name || '–' }, { title: 'Kind', cell: (k) => html`<${Badge}>${k.role}<//>` },
      { title: 'State', cell: (k) => (k.revokedAt ? html`<span class="soft">revoked</span>` : html`<span class="good-text">works</span>`) }]}
      actions=${(k) => !k.revokedAt && html`<${Button} small danger onClick=${revoke(k)}>Revoke<//>`} /><//>`;
}

function Backups({ s, path }) {
  const found = usePages(`${path}/backups?limit=20`);
  const [busy, setBusy] = useState(false);
  const make = async () => { setBusy(true); try { await api.post(`${path}/backups`, {}); toast('Backed up'); found.reload(); } catch (e) { toast(e); } setBusy(false); };
  const restore = (b) => async () => {
    if (!await confirm({ title: `Restore ${s.username}?`, text: `To how he was on ${fmt.date(b.createdAt)}. What was written since is set aside, not merged; keys go on working, sign-ins of viewers end.`, type: s.username, action: 'Restore', danger: true })) return;
    try { await api.post(`${path}/restore`, { backup: b.id }); toast('Restored'); found.reload(); } catch (e) { toast(e); }
  };
  return html`<${Card} flush title="Backups" actions=${html`<${Button} small icon="archive" busy=${busy} onClick=${make}>Back up now<//>`}>
    <${Table} caption="Backups" from=${found} empty=${html`<${Empty} icon="archive" title="No backups yet" />`}
      columns=${[{ title: 'Made', wide: true, cell: (b) => html`<${Time} at=${b.createdAt} />` }, { title: 'Size', number: true, cell: (b) => fmt.bytes(b.bytes) },
        { title: 'Verified', hide: true, cell: (b) => html`<${Time} at=${b.verifiedAt} />` }]}
      actions=${(b) => html`<${Button} small onClick=${restore(b)}>Restore<//>`} /><//>`;
}
