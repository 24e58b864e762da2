import { html, api, segment, toast, dialog, confirm, useState, useLoad, useForm, Title, Card, Tabs, Button, Badge, Form, Field, Loaded } from '/assets/core.js';
import { at } from '/assets/channel.js';
import { LayoutEditor } from '/assets/layout-editor.js';

const blank = { width: 1920, height: 1080, grid: { rows: 12, columns: 16, gap: 16, padding: 16 }, components: [] };

// Layouts are what overlays show where. One of them is the default; the others have addresses of
// their own.
export function Layouts() {
  const found = useLoad(async (signal) => {
    const [page, fallback] = await Promise.all([api(at('overlay/layouts'), { signal }), api(at('admin/overlay/layout'), { signal })]);
    return page.items.length ? page.items : [{ id: 0, name: 'Default', layout: fallback, isDefault: true }];
  });
  const [chosen, choose] = useState(null);
  const create = async (copied) => {
    const made = await dialog({ title: 'New layout', body: (close) => html`<${Name} close=${close} send=${(name) => api.post(at('overlay/layouts'), { name, layout: copied || blank })} />` });
    if (made) { choose(made.id); found.reload(); }
  };
  return html`<${Title} hint="Areas on a grid, as large as the stream. Drag an area to move it, its corner to resize it." actions=${html`<${Button} primary icon="plus" onClick=${() => create()}>New layout<//>`}>Layouts<//>
    <${Loaded} from=${found} lines=${8}>${(all) => {
    const one = all.find((l) => l.id === chosen) || all.find((l) => l.isDefault) || all[0];
    return html`${all.length > 1 && html`<${Tabs} label="Layouts" items=${all.map((l) => [String(l.id), l.name])} current=${String(one.id)} onChange=${(id) => choose(Number(id))} />`}
      <${One} key=${`${one.id} ${one.updatedAt}`} layout=${one} only=${all.length === 1} reload=${found.reload} copy=${() => create(one.layout)} />`;
  }}<//>`;
}

function One({ layout, only, reload, copy }) {
  const save = async (changed, saved) => {
    if (layout.id) await api.patch(at(`overlay/layouts/${layout.id}`), { layout: changed });
    else await api.put(at('admin/overlay/layout'), changed);
    saved();
    toast('Saved: open overlays follow at once');
    reload();
  };
  const act = (does) => async () => { try { await does(); reload(); } catch (e) { toast(e); } };
  const rename = async () => { if (await dialog({ title: 'Rename the layout', body: (close) => html`<${Name} name=${layout.name} close=${close} send=${(name) => api.patch(at(`overlay/layouts/${layout.id}`), { name })} />` })) reload(); };
  const remove = async () => {
    if (await confirm({ title: `Delete the layout ${layout.name}?`, text: 'Overlays that name it go blank.', action: 'Delete', danger: true })) await act(() => api.delete(at(`overlay/layouts/${layout.id}`)))();
  };
  return html`<${LayoutEditor} name="${layout.id} ${layout.updatedAt}" layout=${layout.layout} save=${save} head=${html`${layout.name} ${layout.isDefault && html`<${Badge} tone="info">default<//>`}`} actions=${html`
    <${Button} small onClick=${copy}>Copy<//>
    ${layout.id !== 0 && html`<${Button} small onClick=${rename}>Rename<//>`}
    ${layout.id !== 0 && !layout.isDefault && html`<${Button} small onClick=${act(() => api.patch(at(`overlay/layouts/${layout.id}`), { isDefault: true }))}>Make default<//>`}
    ${layout.id !== 0 && !only && html`<${Button} small danger onClick=${remove}>Delete<//>`}`} />`;
}

function Name({ name = '', send, close }) {
  const form = useForm({ name }, (v) => send(v.name), { onDone: close });
  return html`<${Form} form=${form} onCancel=${() => close()}><${Field} form=${form} name="name" label="Name" hint="Stands in the overlay's address." required maxlength="100" autofocus /><//>`;
}
