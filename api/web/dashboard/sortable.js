import { html, useRef, useState, Icon } from '/assets/core.js';

// Sortable is a list whose rows are dragged by their grip, with a finger too, or moved with the
// arrow keys while the grip has the focus. onOrder gets the items in their new order.
export function Sortable({ items, id = (i) => i.id, name, row, onOrder }) {
  const list = useRef();
  const [held, setHeld] = useState(null); // {id, order}
  const shown = held ? held.order : items;

  const moved = (order, from, to) => {
    const next = [...order];
    next.splice(to, 0, ...next.splice(from, 1));
    return next;
  };
  const begin = (e, item) => {
    e.preventDefault();
    e.currentTarget.setPointerCapture(e.pointerId);
    setHeld({ id: id(item), order: items });
  };
  const drag = (e) => {
    if (!held) return;
    const rows = [...list.current.children];
    const over = rows.findIndex((r) => { const box = r.getBoundingClientRect(); return e.clientY < box.top + box.height / 2; });
    const from = held.order.findIndex((i) => id(i) === held.id);
    const to = over < 0 ? rows.length - 1 : over > from ? over - 1 : over;
    if (to !== from) setHeld({ ...held, order: moved(held.order, from, to) });
  };
  const drop = () => {
    if (!held) return;
    if (held.order.some((i, at) => id(i) !== id(items[at]))) onOrder(held.order);
    setHeld(null);
  };
  const key = (e, at) => {
    const to = at + ({ ArrowUp: -1, ArrowDown: 1 }[e.key] || 0);
    if (to === at || to < 0 || to >= items.length) return;
    e.preventDefault();
    const grip = e.currentTarget;
    onOrder(moved(items, at, to));
    requestAnimationFrame(() => grip.focus());
  };
  return html`<ol class="list sortable" ref=${list}>${shown.map((item, at) => html`<li key=${id(item)} class=${held?.id === id(item) ? 'held' : undefined}>
    <button type="button" class="icon-button grip" aria-label="Move ${name(item)}: place ${at + 1} of ${shown.length}; arrow keys move it"
      onPointerDown=${(e) => begin(e, item)} onPointerMove=${drag} onPointerUp=${drop} onPointerCancel=${() => setHeld(null)} onKeyDown=${(e) => key(e, at)}><${Icon} name="grip" /></button>
    ${row(item)}</li>`)}</ol>`;
}
