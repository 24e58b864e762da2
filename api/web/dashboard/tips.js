import { html, api, dialog, toast, undoable, useLoad, useForm, Title, Card, Button, Icon, Badge, Empty, Form, Field, Loaded } from '/assets/core.js';
import { at } from '/assets/channel.js';
import { Sortable } from '/assets/sortable.js';

export function Tips() {
  const found = useLoad((signal) => api(at('admin/tips'), { signal }).then((page) => page.items));
  const edit = async (tip) => { if (await dialog({ title: tip ? 'Edit tip' : 'New tip', body: (close) => html`<${Editor} tip=${tip} close=${close} />` })) found.reload(); };
  const order = async (tips) => {
    found.set(tips);
    try { await api.put(at('admin/tips'), { ids: tips.map((t) => t.id) }); } catch (e) { toast(e); found.reload(); }
  };
  const remove = (tip) => undoable('Deleted the tip', {
    hide: () => found.set((all) => all.filter((t) => t.id !== tip.id)),
    show: found.reload,
    act: () => api.delete(at(`admin/tips/${tip.id}`)),
  });
  const text = (t) => (t.content.length > 60 ? `${t.content.slice(0, 60)}…` : t.content);
  return html`<${Title} hint="One after another they are shown on the overlay. Drag them into an order." actions=${html`<${Button} primary icon="plus" onClick=${() => edit()}>New tip<//>`}>Tips<//>
    <${Loaded} from=${found}>${(tips) => html`<${Card} flush title="In their order">${tips.length === 0 ? html`<${Empty} icon="list" title="No tips yet">Tell viewers what they can do: commands, rules, where to find you.<//>`
    : html`<${Sortable} items=${tips} name=${text} onOrder=${order} row=${(t) => html`<span class="grow">${t.content} ${!t.enabled && html`<${Badge}>hidden<//>`}</span>
        <button type="button" class="icon-button" aria-label="Edit ${text(t)}" onClick=${() => edit(t)}><${Icon} name="edit" /></button>
        <button type="button" class="icon-button" aria-label="Delete ${text(t)}" onClick=${() => remove(t)}><${Icon} name="trash" /></button>`} />`}<//>`}<//>`;
}

function Editor({ tip, close }) {
  const form = useForm({ content: tip?.content || '', enabled: tip ? tip.enabled : true },
    (v) => (tip ? api.put(at(`admin/tips/${tip.id}`), v) : api.post(at('admin/tips'), v)), { done: 'Saved', onDone: () => close(true) });
  return html`<${Form} form=${form} onCancel=${() => close()}>
    <${Field} form=${form} name="content" type="textarea" label="Text" hint="At most 500 bytes." required maxlength="500" autofocus />
    <${Field} form=${form} name="enabled" type="switch" label="Shown on the overlay" /><//>`;
}
