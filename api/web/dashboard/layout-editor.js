import { html, toast, useState, useRef, useDraft, Card, Button, Icon, Empty } from '/assets/core.js';
import { Preview } from '/assets/preview.js';
import { areaTypes } from '/assets/stage.js';

const kinds = { goals: 'Goals', tips: 'Tips', leaderboard: 'Leaderboard', events: 'Last event', drops: 'Drop results', powerups: 'Power-ups', chat: 'Activity', image: 'Picture', chroma: 'Chroma key', empty: 'Empty' };

const clamp = (n, low, high) => Math.max(low, Math.min(high, n));

// fit keeps an area on the grid.
function fit(p, grid) {
  const rowSpan = clamp(p.rowSpan, 1, grid.rows), colSpan = clamp(p.colSpan, 1, grid.columns);
  return { row: clamp(p.row, 0, grid.rows - rowSpan), column: clamp(p.column, 0, grid.columns - colSpan), rowSpan, colSpan };
}

// LayoutEditor changes a copy of a layout until it is saved. name is that of this version of it.
export function LayoutEditor({ name, layout, save, head, actions }) {
  const { draft, set: setDraft, dirty, saved } = useDraft(`layout ${name}`, layout);
  const [chosen, choose] = useState(null);
  const [preview, setPreview] = useState(false);
  const [busy, setBusy] = useState(false);
  const grid = draft.grid;
  const one = draft.components.find((c) => c.id === chosen);
  const change = (id, how) => setDraft((d) => ({ ...d, components: d.components.map((c) => (c.id === id ? { ...c, ...how(c) } : c)) }));
  const place = (id, how) => change(id, (c) => ({ gridPosition: fit({ ...c.gridPosition, ...how(c.gridPosition) }, grid) }));
  const remove = (id) => { setDraft((d) => ({ ...d, components: d.components.filter((c) => c.id !== id) })); choose(null); };
  const add = (type) => {
    let n = 1;
    while (draft.components.some((c) => c.id === `${type}-${n}`)) n++;
    setDraft((d) => ({ ...d, components: [...d.components, { id: `${type}-${n}`, type, gridPosition: fit({ row: 0, column: 0, rowSpan: 3, colSpan: 4 }, grid) }] }));
    choose(`${type}-${n}`);
  };
  const send = async () => {
    setBusy(true);
    try { await save(draft, saved); } catch (e) { toast(e); }
    setBusy(false);
  };
  return html`<${Card} title=${head} actions=${html`${actions}<${Button} small icon="eye" aria-pressed=${preview ? 'true' : 'false'} onClick=${() => setPreview(!preview)}>${preview ? 'Edit' : 'Preview'}<//>`}>
      ${preview ? html`<${Preview} layout=${draft} />` : html`<${Canvas} ...${{ draft, chosen, choose, place, remove }} />`}
      <div class="row">${areaTypes.map((type) => [type, kinds[type] || type]).map(([type, name]) => html`<${Button} key=${type} small icon="plus" onClick=${() => add(type)}>${name}<//>`)}</div>
      <div class="actions"><${Button} disabled=${!dirty} onClick=${() => { setDraft(layout); choose(null); }}>Undo changes<//><${Button} primary disabled=${!dirty} busy=${busy} onClick=${send}>Save<//></div><//>
    <div class="columns"><${Area} one=${one} place=${place} change=${change} remove=${remove} /><${Grid} grid=${grid} set=${(g) => setDraft((d) => ({ ...d, grid: g, components: d.components.map((c) => ({ ...c, gridPosition: fit(c.gridPosition, g) })) }))} /></div>`;
}

// Canvas shows the grid. A pointer drags areas and their corners, arrow keys move the one that has
// the focus, with Shift they resize it.
function Canvas({ draft, chosen, choose, place, remove }) {
  const board = useRef();
  const held = useRef(null);
  const { rows, columns } = draft.grid;
  const cell = (e) => {
    const box = board.current.getBoundingClientRect();
    return { row: (e.clientY - box.top) / box.height * rows, column: (e.clientX - box.left) / box.width * columns };
  };
  const begin = (e, c, resize) => {
    e.preventDefault();
    e.stopPropagation();
    e.currentTarget.setPointerCapture(e.pointerId);
    held.current = { id: c.id, resize, from: cell(e), was: c.gridPosition };
    choose(c.id);
    e.currentTarget.closest('.area').focus();
  };
  const drag = (e) => {
    const h = held.current;
    if (!h) return;
    const now = cell(e), down = Math.round(now.row - h.from.row), right = Math.round(now.column - h.from.column);
    place(h.id, () => (h.resize ? { ...h.was, rowSpan: clamp(h.was.rowSpan + down, 1, rows - h.was.row), colSpan: clamp(h.was.colSpan + right, 1, columns - h.was.column) }
      : { ...h.was, row: h.was.row + down, column: h.was.column + right }));
  };
  const drop = () => { held.current = null; };
  const key = (e, c) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key];
    if (step) {
      e.preventDefault();
      place(c.id, (p) => (e.shiftKey ? { rowSpan: clamp(p.rowSpan + step[0], 1, rows - p.row), colSpan: clamp(p.colSpan + step[1], 1, columns - p.column) } : { row: p.row + step[0], column: p.column + step[1] }));
    } else if (e.key === 'Delete') remove(c.id);
  };
  const lines = { backgroundSize: `${100 / columns}% ${100 / rows}%`, aspectRatio: `${draft.width} / ${draft.height}` };
  return html`<div class="canvas" style=${lines} ref=${board} onPointerDown=${() => choose(null)}>
    ${draft.components.map((c) => {
    const p = c.gridPosition;
    return html`<div key=${c.id} class="area ${c.id === chosen ? 'chosen' : ''} ${c.type}" tabindex="0" role="button" aria-pressed=${c.id === chosen ? 'true' : 'false'}
      aria-label="${kinds[c.type] || c.type} ${c.id}: row ${p.row + 1}, column ${p.column + 1}, ${p.rowSpan} high, ${p.colSpan} wide. Arrow keys move it, with Shift they resize it, Delete removes it."
      style=${{ top: `${100 * p.row / rows}%`, left: `${100 * p.column / columns}%`, height: `${100 * p.rowSpan / rows}%`, width: `${100 * p.colSpan / columns}%` }}
      onFocus=${() => choose(c.id)} onKeyDown=${(e) => key(e, c)} onPointerDown=${(e) => begin(e, c, false)} onPointerMove=${drag} onPointerUp=${drop} onPointerCancel=${drop}>
      <span>${c.settings?.label || kinds[c.type] || c.type}</span>
      <i class="corner" aria-hidden="true" onPointerDown=${(e) => begin(e, c, true)} onPointerMove=${drag} onPointerUp=${drop} onPointerCancel=${drop}></i></div>`;
  })}</div>`;
}

const Num = ({ label, value, min = 0, max, set }) => html`<label class="field"><span class="label">${label}</span>
  <input type="number" min=${min} max=${max} step="1" value=${value} onInput=${(e) => { const n = e.target.valueAsNumber; if (Number.isInteger(n) && n >= min && n <= max) set(n); }} /></label>`;

function Area({ one, place, change, remove }) {
  if (!one) return html`<${Card} title="Area"><${Empty} icon="layout" title="No area is chosen">Choose one on the grid to name it or to place it by numbers.<//><//>`;
  const p = one.gridPosition;
  const set = (name) => (n) => place(one.id, () => ({ [name]: n }));
  return html`<${Card} title="Area" actions=${html`<${Button} small danger icon="trash" onClick=${() => remove(one.id)}>Remove<//>`}>
    <div class="columns narrow">
      <label class="field"><span class="label">Shows</span><select value=${one.type} onChange=${(e) => change(one.id, () => ({ type: e.target.value }))}>${Object.entries(kinds).map(([v, text]) => html`<option key=${v} value=${v}>${text}</option>`)}</select></label>
      <${Extra} one=${one} change=${change} />
    </div>
    <div class="columns narrow"><${Num} label="Row" value=${p.row + 1} min=${1} max=${100} set=${(n) => set('row')(n - 1)} /><${Num} label="Column" value=${p.column + 1} min=${1} max=${100} set=${(n) => set('column')(n - 1)} />
      <${Num} label="Rows high" value=${p.rowSpan} min=${1} max=${100} set=${set('rowSpan')} /><${Num} label="Columns wide" value=${p.colSpan} min=${1} max=${100} set=${set('colSpan')} /></div><//>`;
}

// extras are what else can be set of an area, by what it shows.
const extras = { chroma: ['label', 'Label here'], empty: ['label', 'Label here'], image: ['url', 'Address, https'] };

function Extra({ one, change }) {
  const [name, label] = extras[one.type] || ['title', 'Heading'];
  const set = (e) => change(one.id, ({ settings }) => ({ settings: { ...settings, [name]: e.target.value } }));
  return html`<label class="field"><span class="label">${label}</span><input maxlength="2000" value=${one.settings?.[name] ?? ''} placeholder=${name === 'title' ? kinds[one.type] : ''} onInput=${set} /></label>`;
}

const Grid = ({ grid, set }) => html`<${Card} title="Grid" hint="Of a stream of 1920 × 1080 pixels.">
  <div class="columns narrow"><${Num} label="Rows" value=${grid.rows} min=${1} max=${48} set=${(n) => set({ ...grid, rows: n })} /><${Num} label="Columns" value=${grid.columns} min=${1} max=${48} set=${(n) => set({ ...grid, columns: n })} />
    <${Num} label="Gap, px" value=${grid.gap ?? 0} max=${200} set=${(n) => set({ ...grid, gap: n })} /><${Num} label="Padding, px" value=${grid.padding ?? 0} max=${400} set=${(n) => set({ ...grid, padding: n })} /></div><//>`;
