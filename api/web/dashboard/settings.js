import { html, api, segment, toast, dialog, confirm, useLoad, useForm, Title, Card, Table, Button, Icon, Empty, Form, Field, Loaded } from '/assets/core.js';
import { at } from '/assets/channel.js';

// What the server itself goes by, with what it is when it is not set.
const known = [
  ['Points', 'What viewers get by themselves, in channel points. 0 gives none.', [
    ['points_chat', 'A chat message', 25], ['points_chat_interval_seconds', 'Seconds between two rewarded messages of one viewer', 60],
    ['points_subscription', 'A new subscription', 2000], ['points_renewal', 'A renewed subscription', 1000],
    ['points_gift', 'Each gifted subscription', 1500], ['points_kick', 'Each Kick given', 100]]],
  ['Chat', 'What commands cost and whether they work.', [
    ['say_cost', 'Price of !say', 500], ['tts_enabled', '!say is spoken on stream', true], ['drop_game_enabled', 'Viewers can drop', true]]],
];
const knownKeys = new Set(known.flatMap(([, , rows]) => rows.map(([key]) => key)));
const isLink = (s) => s.key.startsWith('link_');

export function Settings() {
  const found = useLoad((signal) => api(at('admin/settings'), { signal }));
  return html`<${Title} hint="They count for the next message.">Settings<//>
    <${Loaded} from=${found} lines=${8}>${(all) => html`
      <div class="columns">${known.map(([title, hint, rows]) => html`<${Group} key=${title} ...${{ title, hint, rows, all }} reload=${found.reload} />`)}</div>
      <${Pairs} title="Links" hint="A link named discord is what !discord says in chat." from=${all.filter(isLink)} prefix="link_" label="Name" reload=${found.reload}
        empty="No links yet" what="Address" />
      <${Pairs} title="Other settings" hint="For overlays and bots that read them. Names with key, token or secret in them are kept from overlays." prefix=""
        from=${all.filter((s) => !isLink(s) && !knownKeys.has(s.key))} label="Name" reload=${found.reload} empty="None" what="Value" />`}<//>`;
}

function Group({ title, hint, rows, all, reload }) {
  const stored = Object.fromEntries(all.map((s) => [s.key, s.value]));
  const start = Object.fromEntries(rows.map(([key, , fallback]) => [key, typeof fallback === 'boolean' ? (stored[key] ?? String(fallback)) !== 'false' : Number(stored[key] ?? fallback)]));
  const form = useForm(start, async (v) => {
    for (const [key] of rows) if (v[key] !== start[key]) await api.put(at('admin/settings'), { key, value: String(v[key]) });
  }, { done: 'Saved', onDone: reload });
  return html`<${Card} title=${title} hint=${hint}><${Form} form=${form}>${rows.map(([key, label, fallback]) => (typeof fallback === 'boolean'
    ? html`<${Field} key=${key} form=${form} name=${key} type="switch" label=${label} />`
    : html`<${Field} key=${key} form=${form} name=${key} type="number" label=${label} min="0" max="1000000000000" step="1" required />`))}<//><//>`;
}

function Pairs({ title, hint, from, prefix, label, what, empty, reload }) {
  const edit = async (s) => {
    const name = s && s.key.slice(prefix.length);
    if (await dialog({ title: s ? name : `Add to ${title.toLowerCase()}`, body: (close) => html`<${Pair} ...${{ s, name, prefix, label, what, close }} />` })) reload();
  };
  const remove = async (s) => {
    if (!await confirm({ title: `Remove ${s.key}?`, text: `Its value is “${s.value.slice(0, 200)}”.`, action: 'Remove', danger: true })) return;
    try { await api.delete(at(`admin/settings/${segment(s.key)}`)); reload(); } catch (e) { toast(e); }
  };
  return html`<${Card} flush title=${title} hint=${hint} actions=${html`<${Button} small icon="plus" onClick=${() => edit()}>Add<//>`}>
    <${Table} caption=${title} rows=${from} id=${(s) => s.key} onRow=${edit} empty=${html`<${Empty} icon="settings" title=${empty} />`}
      columns=${[{ title: label, cell: (s) => html`<code>${s.key.slice(prefix.length)}</code>` },
        { title: what, wide: true, cell: (s) => (s.value.length > 120 ? `${s.value.slice(0, 120)}…` : s.value) }]}
      actions=${(s) => html`<button type="button" class="icon-button" aria-label="Edit ${s.key}" onClick=${() => edit(s)}><${Icon} name="edit" /></button>
        <button type="button" class="icon-button" aria-label="Remove ${s.key}" onClick=${() => remove(s)}><${Icon} name="trash" /></button>`} /><//>`;
}

function Pair({ s, name, prefix, label, what, close }) {
  const form = useForm({ key: name || '', value: s?.value || '' }, (v) => api.put(at('admin/settings'), { key: prefix + v.key, value: v.value }), { done: 'Saved', onDone: () => close(true) });
  return html`<${Form} form=${form} onCancel=${() => close()}>
    <${Field} form=${form} name="key" label=${label} required maxlength="90" disabled=${!!s} autofocus=${!s} />
    <${Field} form=${form} name="value" type="textarea" label=${what} /><//>`;
}
