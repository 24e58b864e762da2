import { html, api, segment, fmt, undoable, dialog, confirm, toast, useState, useLoad, usePages, useForm, Title, Card, Table, Search, Button, Icon, Empty, Form, Field, Loaded, Tabs, Time } from '/assets/core.js';
import { at } from '/assets/channel.js';

export function Viewers() {
  const [q, setQ] = useState('');
  const found = usePages(at(`users?limit=50${q && `&q=${segment(q)}`}`));
  const edit = async (viewer) => {
    const changed = await dialog({ title: viewer.username, wide: true, body: (close) => html`<${Viewer} viewer=${viewer} close=${close} />` });
    if (changed) found.reload();
  };
  const add = async () => { if (await dialog({ title: 'Add a viewer', body: (close) => html`<${NewViewer} close=${close} />` })) found.reload(); };
  const remove = (viewer) => undoable(`Deleted ${viewer.username}`, {
    hide: () => found.set((all) => all.filter((u) => u.id !== viewer.id)),
    show: found.reload,
    act: () => api.delete(at(`users/${viewer.id}`)),
  });
  return html`<${Title} hint="Everybody who has written, watched, dropped or been given points." actions=${html`<${Button} primary icon="plus" onClick=${add}>Add viewer<//>`}>Viewers<//>
    <${Card} flush title=${q ? `Names that begin with “${q}”` : 'All viewers'} actions=${html`<${Search} label="Find by name" onSearch=${setQ} />`}>
      <${Table} caption="Viewers" from=${found} onRow=${edit}
        empty=${html`<${Empty} icon="users" title=${q ? 'Nobody of this name' : 'No viewers yet'}>${q ? 'Names are found by how they begin.' : 'They appear with their first message, or when you add them.'}<//>`}
        columns=${[{ title: 'Viewer', wide: true, cell: (u) => u.username },
          { title: 'Channel points', number: true, cell: (u) => fmt.number(u.channelPoints) },
          { title: 'Drop points', number: true, hide: true, cell: (u) => fmt.number(u.dropPoints) },
          { title: 'Drops', number: true, hide: true, cell: (u) => fmt.number(u.totalDrops) },
          { title: 'Last change', hide: true, cell: (u) => html`<${Time} at=${u.updatedAt} />` }]}
        actions=${(u) => html`<button type="button" class="icon-button" aria-label="Edit ${u.username}" onClick=${() => edit(u)}><${Icon} name="edit" /></button>
          <button type="button" class="icon-button" aria-label="Delete ${u.username}" onClick=${() => remove(u)}><${Icon} name="trash" /></button>`} /><//>`;
}

function NewViewer({ close }) {
  const form = useForm({ username: '' }, (v) => api.post(at('users'), v), { done: 'Viewer added', onDone: close });
  return html`<${Form} form=${form} action="Add" onCancel=${() => close()}>
    <${Field} form=${form} name="username" label="Name" hint="As in chat. A to Z count the same in both cases." required autofocus /><//>`;
}

// Viewer is everything about one viewer, in tabs.
function Viewer({ viewer, close }) {
  const [tab, setTab] = useState('points');
  const items = [['points', 'Points'], ['profile', 'Profile'], ['ledger', 'Ledger'], ['privacy', 'Privacy']];
  const body = { points: GivePoints, profile: Profile, ledger: Ledger, privacy: Privacy }[tab];
  return html`<${Tabs} label="About ${viewer.username}" items=${items} current=${tab} onChange=${setTab} /><${body} viewer=${viewer} close=${close} />`;
}

function GivePoints({ viewer, close }) {
  const form = useForm({ amount: '', description: '' }, (v) => api.points(at(`points/${segment(viewer.username)}`), { amount: v.amount, source: 'admin', description: v.description }),
    { onDone: (r) => { toast(`${viewer.username} has ${fmt.number(r.channelPoints)} channel points now`); close(true); } });
  return html`<p class="soft">${viewer.username} has ${fmt.number(viewer.channelPoints)} channel points and ${fmt.number(viewer.dropPoints)} drop points.</p>
    <${Form} form=${form} action="Give points" onCancel=${() => close()}>
      <${Field} form=${form} name="amount" type="number" label="Channel points" hint="A negative number takes them." required min="-1000000000000" max="1000000000000" step="1" autofocus />
      <${Field} form=${form} name="description" label="Reason" hint="Stands in the viewer's ledger." maxlength="200" /><//>`;
}

function Profile({ viewer, close }) {
  const before = { username: viewer.username, channelPoints: viewer.channelPoints, dropPoints: viewer.dropPoints, country: viewer.country || '', dropImage: viewer.dropImage || '', reason: '' };
  const form = useForm(before, (v) => {
    const change = {};
    for (const name of ['username', 'channelPoints', 'dropPoints']) if (v[name] !== before[name]) change[name] = v[name];
    for (const name of ['country', 'dropImage']) if (v[name] !== before[name]) change[name] = v[name] || null;
    return api.patch(at(`users/${viewer.id}`), { ...change, reason: v.reason });
  }, { done: 'Saved', onDone: () => close(true) });
  return html`<${Form} form=${form} onCancel=${() => close()}>
    <${Field} form=${form} name="username" label="Name" required />
    <div class="columns narrow">
      <${Field} form=${form} name="channelPoints" type="number" label="Channel points" min="0" max="1000000000000" step="1" required />
      <${Field} form=${form} name="dropPoints" type="number" label="Drop points" min="0" max="1000000000000" step="1" required />
    </div>
    <div class="columns narrow">
      <${Field} form=${form} name="country" label="Country" maxlength="100" />
      <${Field} form=${form} name="dropImage" label="Picture, an https address" maxlength="2048" />
    </div>
    <${Field} form=${form} name="reason" label="Reason of a change of points" hint="Stands in the ledger beside the difference." maxlength="200" /><//>`;
}

function Ledger({ viewer }) {
  const rows = useLoad((signal) => api(at(`points/${segment(viewer.username)}/transactions`), { signal }));
  return html`<${Loaded} from=${rows}>${(all) => html`<${Table} caption="Changes of channel points" rows=${all} empty=${html`<${Empty} icon="list" title="No changes yet" />`}
    columns=${[{ title: 'When', cell: (r) => html`<${Time} at=${r.created_at} />` }, { title: 'Source', cell: (r) => r.source },
      { title: 'What', wide: true, hide: true, cell: (r) => r.description || '' }, { title: 'Points', number: true, cell: (r) => fmt.signed(r.amount) }]} />`}<//>`;
}

function Privacy({ viewer, close }) {
  const erase = async () => {
    const sure = await confirm({ title: `Erase ${viewer.username}?`, danger: true, action: 'Erase', type: viewer.username,
      text: 'Name, pictures, points, ledger and sessions are overwritten. This cannot be taken back; older backups keep them until they are pruned.' });
    if (!sure) return;
    try { await api.post(at(`users/${viewer.id}/erase`)); toast('Erased'); close(true); } catch (e) { toast(e); }
  };
  return html`<p class="soft">A viewer may ask for what you keep about him, and to be forgotten.</p>
    <div class="actions"><a class="button" href=${at(`users/${viewer.id}/export`)} download="${viewer.username}.json"><${Icon} name="download" />Download his data</a>
      <${Button} danger icon="trash" onClick=${erase}>Erase this viewer<//></div>`;
}
