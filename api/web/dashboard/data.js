import { html, api, fmt, confirm, dialog, toast, useState, usePages, Title, Card, Table, Button, Icon, Badge, Empty, Time } from '/assets/core.js';
import { channel, at } from '/assets/channel.js';

export function Data() {
  const found = usePages(at('backups?limit=20'));
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    try { await api.post(at('admin/backup'), {}); toast('Backed up'); found.reload(); } catch (e) { toast(e); }
    setBusy(false);
  };
  return html`<${Title} hint="All of this channel lies in one database file. It is yours.">Your data<//>
    <div class="columns">
      <${Card} title="Download" hint="Everything but secrets: no keys, sign-ins or tokens.">
        <div class="row"><a class="button primary" download href=${at('admin/export?format=sqlite')}><${Icon} name="download" />Database file</a>
          <a class="button" download href=${at('admin/export?format=json')}><${Icon} name="download" />JSON</a></div>
        <p class="hint">The database opens in every SQLite program and can be restored here. JSON is to read.</p><//>
      <${Upload} onDone=${found.reload} /></div>
    <${Card} flush title="Backups" actions=${html`<${Button} small icon="archive" busy=${busy} onClick=${make}>Back up now<//>`}>
      <${Table} caption="Backups" from=${found} empty=${html`<${Empty} icon="archive" title="No backups yet">Make one now; the operator's schedule adds others.<//>`}
        columns=${[{ title: 'Made', wide: true, cell: (b) => html`<${Time} at=${b.createdAt} />` }, { title: 'Size', number: true, cell: (b) => fmt.bytes(b.bytes) },
          { title: 'Checked', hide: true, cell: (b) => (b.verifiedAt ? html`<${Badge} tone="good">whole<//>` : html`<span class="soft">not yet</span>`) }]}
        actions=${(b) => html`<${Button} small onClick=${() => restore({ text: `how it was on ${fmt.date(b.createdAt)}`, try: () => api.post(at('restore'), { backup: b.id, dryRun: true }), act: () => api.post(at('restore'), { backup: b.id }) }, found.reload)}>Restore<//>`} /><//>`;
}

function Upload({ onDone }) {
  const [busy, setBusy] = useState(false);
  const take = async (e) => {
    const [file] = e.target.files;
    e.target.value = '';
    if (!file) return;
    const headers = { 'Content-Type': 'application/vnd.sqlite3' };
    setBusy(true);
    await restore({ text: `what is in ${file.name}`, try: () => api.post(at('restore?dryRun=1'), file, { headers }), act: () => api.post(at('restore'), file, { headers }) }, onDone);
    setBusy(false);
  };
  return html`<${Card} title="Restore from a file" hint="A download or a backup of this channel. You see what would change before anything does.">
    <label class="field"><span class="label">Database file</span><input type="file" accept=".db,.sqlite,.sqlite3,.zst,application/vnd.sqlite3" disabled=${busy} onChange=${take} /></label>
    ${busy && html`<p class="soft" role="status">Looking through it…</p>`}<//>`;
}

// restore shows what would change and does it when that is wanted.
async function restore(from, onDone) {
  try {
    const found = await from.try();
    const sure = await dialog({ title: 'What would change', wide: true, body: (close) => html`<${Difference} found=${found} text=${from.text} close=${close} />` });
    if (!sure || !await confirm({ title: `Restore ${channel}?`, text: `The channel becomes ${from.text}. What is there now is set aside by the server, not merged. Keys go on working; viewers sign in again.`, type: channel, action: 'Restore', danger: true })) return;
    await from.act();
    toast('Restored');
    onDone();
  } catch (e) { toast(e); }
}

// names are the tables that a streamer knows, in his words.
const names = { users: 'Viewers', user_points: 'Balances', point_transactions: 'Ledger rows', powerup_config: 'Power-ups', powerup_inventory: 'Power-ups of viewers', powerup_purchases: 'Purchases', drop_history: 'Drops',
  overlay_settings: 'Settings', overlay_layouts: 'Layouts', theme: 'Themes', tips: 'Tips', goals: 'Goals', uploads: 'Pictures', api_tokens: 'Connections', command_cooldowns: 'Resting commands', legacy_rejects: 'Rows kept from the old app' };

function Difference({ found, text, close }) {
  const rows = [{ table: 'channel', name: 'Channel points of all viewers', ...found.channelPoints }, { table: 'drop', name: 'Drop points of all viewers', ...found.dropPoints },
    ...found.tables.filter((t) => names[t.table]).map((t) => ({ ...t, name: names[t.table] }))];
  return html`<p class="soft">The channel as it is now, and ${text}. The ledger was last written to ${fmt.date(found.newest.now)} here, and ${fmt.date(found.newest.then)} there.</p>
    <${Table} caption="What would change" rows=${rows} id=${(r) => r.table}
      columns=${[{ title: 'What', wide: true, cell: (r) => r.name }, { title: 'Now', number: true, cell: (r) => fmt.number(r.now) }, { title: 'Then', number: true, cell: (r) => fmt.number(r.then) },
        { title: 'Difference', number: true, hide: true, cell: (r) => (r.now == null ? '–' : fmt.signed(r.then - r.now)) }]} />
    <div class="actions"><${Button} onClick=${() => close(false)}>Cancel<//><${Button} danger onClick=${() => close(true)}>Go on<//></div>`;
}
