import { html, api, segment, fmt, dialog, toast, useLoad, useForm, Title, Card, Table, Button, Icon, Badge, Empty, Form, Field } from '/assets/core.js';
import { at } from '/assets/channel.js';

export function Powerups() {
  const found = useLoad((signal) => api(at('admin/powerups'), { signal }));
  const edit = async (powerup) => {
    const saved = await dialog({ title: powerup ? powerup.name : 'New power-up', wide: true, body: (close) => html`<${Editor} powerup=${powerup} close=${close} />` });
    if (saved) found.reload();
  };
  const turn = async (p) => {
    try {
      if (p.enabled) await api.delete(at(`admin/powerups/${segment(p.id)}`));
      else await save(p.id, { ...p, enabled: true });
      toast(p.enabled ? `${p.name} is off sale; viewers keep theirs` : `${p.name} is on sale`);
      found.reload();
    } catch (e) { toast(e); }
  };
  return html`<${Title} hint="What viewers buy for channel points and use in the drop game." actions=${html`<${Button} primary icon="plus" onClick=${() => edit()}>New power-up<//>`}>Power-ups<//>
    <${Card} flush title="Catalogue"><${Table} caption="Power-ups" from=${found} onRow=${edit} empty=${html`<${Empty} icon="zap" title="No power-ups" />`}
      columns=${[{ title: 'Power-up', wide: true, cell: (p) => html`<span aria-hidden="true">${p.emoji}</span> ${p.name}<br /><span class="hint">${p.description}</span>` },
        { title: 'Price', number: true, cell: (p) => fmt.number(p.cost) },
        { title: 'Sale', hide: true, cell: (p) => html`<${Badge} tone=${p.enabled ? 'good' : ''}>${p.enabled ? 'on sale' : 'off sale'}<//>` }]}
      actions=${(p) => html`<${Button} small onClick=${() => turn(p)}>${p.enabled ? 'Take off sale' : 'Sell'}<//>
        <button type="button" class="icon-button" aria-label="Edit ${p.name}" onClick=${() => edit(p)}><${Icon} name="edit" /></button>`} /><//>`;
}

const save = (id, p) => api.put(at(`admin/powerups/${segment(id)}`), { name: p.name, description: p.description, cost: p.cost, emoji: p.emoji, effect: p.effect, variables: p.variables, enabled: !!p.enabled });

function Editor({ powerup, close }) {
  const blank = { id: '', name: '', description: '', cost: 100, emoji: '⭐', effect: '', variables: {}, enabled: true };
  const from = powerup || blank;
  const form = useForm({ ...from, enabled: !!from.enabled, variables: JSON.stringify(from.variables, null, 1) }, (v) => {
    let variables;
    try { variables = JSON.parse(v.variables || '{}'); } catch { throw Object.assign(new Error('must be JSON, such as {"duration": 3000}'), { field: 'variables' }); }
    return save(v.id, { ...v, variables });
  }, { done: 'Saved', onDone: () => close(true) });
  return html`<${Form} form=${form} onCancel=${() => close()}>
    ${!powerup && html`<${Field} form=${form} name="id" label="Short name" hint="1 to 40 of a-z, 0-9, _ and -. Viewers type it to buy." required pattern="[a-z0-9_\\-]{1,40}" autofocus />`}
    <div class="columns narrow">
      <${Field} form=${form} name="name" label="Name" required maxlength="100" />
      <${Field} form=${form} name="emoji" label="Emoji" maxlength="16" />
      <${Field} form=${form} name="cost" type="number" label="Price in channel points" min="0" max="1000000000000" step="1" required />
    </div>
    <${Field} form=${form} name="description" label="Description" required maxlength="500" />
    <${Field} form=${form} name="effect" label="Effect in the game" maxlength="500" />
    <${Field} form=${form} name="variables" type="textarea" label="Variables for the game" spellcheck="false" class="mono" />
    <${Field} form=${form} name="enabled" type="switch" label="On sale" /><//>`;
}
