import { html, api, segment, fmt, dialog, toast, undoable, useLoad, useForm, Title, Card, Button, Icon, Badge, Empty, Form, Field, Loaded, Progress } from '/assets/core.js';
import { at } from '/assets/channel.js';

export function Goals() {
  const found = useLoad((signal) => api(at('admin/goals'), { signal }).then((page) => page.items));
  const edit = async (goal) => {
    const next = Math.max(0, ...(found.data || []).map((g) => g.order)) + 1;
    if (await dialog({ title: goal ? goal.label : 'New goal', body: (close) => html`<${Editor} goal=${goal} order=${next} close=${close} />` })) found.reload();
  };
  const move = async (goal, by) => {
    try {
      const now = await api.post(at(`admin/goals/${segment(goal.id)}/progress`), { by });
      found.set((all) => all.map((g) => (g.id === now.id ? now : g)));
    } catch (e) { toast(e); }
  };
  const remove = (goal) => undoable(`Deleted ${goal.label}`, {
    hide: () => found.set((all) => all.filter((g) => g.id !== goal.id)),
    show: found.reload,
    act: () => api.delete(at(`admin/goals/${segment(goal.id)}`)),
  });
  return html`<${Title} hint="Follows and subscriptions count by themselves in the goals followers and subscribers." actions=${html`<${Button} primary icon="plus" onClick=${() => edit()}>New goal<//>`}>Goals<//>
    <${Loaded} from=${found}>${(goals) => (goals.length === 0 ? html`<${Card}><${Empty} icon="flag" title="No goals yet">A goal is a count on its way to a target, shown on the overlay.<//><//>`
    : html`<${Card} flush title="Goals"><ul class="list">${goals.map((g) => html`<li key=${g.id} class="wraps">
        <div class="grow stack tight"><div class="row spread"><strong>${g.label} ${!g.enabled && html`<${Badge}>hidden<//>`}</strong>
          <span class="soft">${fmt.number(g.current)} of ${fmt.number(g.target)} · ${fmt.percent(g.current, g.target)}</span></div>
          <${Progress} label=${g.label} value=${g.current} max=${g.target} tone=${g.current >= g.target ? 'good' : ''} /></div>
        <button type="button" class="icon-button" aria-label="−1 of ${g.label}" disabled=${g.current === 0} onClick=${() => move(g, -1)}>−1</button>
        <button type="button" class="icon-button" aria-label="+1 of ${g.label}" onClick=${() => move(g, 1)}>+1</button>
        <button type="button" class="icon-button" aria-label="Edit ${g.label}" onClick=${() => edit(g)}><${Icon} name="edit" /></button>
        <button type="button" class="icon-button" aria-label="Delete ${g.label}" onClick=${() => remove(g)}><${Icon} name="trash" /></button>
      </li>`)}</ul><//>`)}<//>`;
}

function Editor({ goal, order, close }) {
  const form = useForm(goal ? { ...goal } : { id: '', label: '', current: 0, target: 100, enabled: true, order }, (v) =>
    api.put(at(`admin/goals/${segment(v.id)}`), { label: v.label, current: v.current, target: v.target, enabled: v.enabled, order: v.order }),
  { done: 'Saved', onDone: () => close(true) });
  return html`<${Form} form=${form} onCancel=${() => close()}>
    ${!goal && html`<${Field} form=${form} name="id" label="Short name" hint="1 to 40 of a-z, 0-9, _ and -, such as donations." required pattern="[a-z0-9_\\-]{1,40}" autofocus />`}
    <${Field} form=${form} name="label" label="Label on the overlay" required maxlength="200" />
    <div class="columns narrow">
      <${Field} form=${form} name="current" type="number" label="Reached so far" min="0" max="1000000000000" step="1" required />
      <${Field} form=${form} name="target" type="number" label="Target" min=${goal?.target === 0 ? 0 : 1} max="1000000000000" step="1" required />
      <${Field} form=${form} name="order" type="number" label="Place" hint="Lower comes first." step="1" required />
    </div>
    <${Field} form=${form} name="enabled" type="switch" label="Shown on the overlay" /><//>`;
}
