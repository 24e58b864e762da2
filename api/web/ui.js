import { html, useState, useEffect, useRef, useCallback } from '/assets/preact-htm.js';
import { fmt } from '/assets/format.js';
import { api } from '/assets/net.js';

// Icons are drawn on a grid of 24 with a stroke; a name that is not here shows nothing.
const paths = {
  activity: 'M3 12h4l3 8 4-16 3 8h4', alert: 'M12 9v4m0 4h.01M10.3 4 2.8 17a2 2 0 0 0 1.7 3h15a2 2 0 0 0 1.7-3L13.7 4a2 2 0 0 0-3.4 0Z',
  archive: 'M4 8v11a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1V8M2 4h20v4H2zM10 12h4', bell: 'M6 9a6 6 0 1 1 12 0c0 6 2 7 2 7H4s2-1 2-7M10 20a2 2 0 0 0 4 0',
  check: 'm5 12 5 5L20 7', chevron: 'm9 6 6 6-6 6', clock: 'M12 7v5l3 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z',
  contrast: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 3v18M12 7.5h7M12 12h9M12 16.5h7', copy: 'M9 9h11v11H9zM5 15H4V4h11v1', database: 'M4 6c0-2 16-2 16 0v12c0 2-16 2-16 0zM4 6c0 2 16 2 16 0M4 12c0 2 16 2 16 0',
  download: 'M12 4v11m-5-4 5 5 5-5M4 20h16', edit: 'M4 20h4L19 9l-4-4L4 16z', external: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
  eye: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7-10-7-10-7Zm10 3a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z', flag: 'M5 21V4h13l-3 4 3 4H5',
  grip: 'M9 5h.01M9 12h.01M9 19h.01M15 5h.01M15 12h.01M15 19h.01', heart: 'M12 20S4 15 4 9a4 4 0 0 1 8-1 4 4 0 0 1 8 1c0 6-8 11-8 11Z',
  key: 'M14 10a4 4 0 1 1-4-4 4 4 0 0 1 4 4Zm-1 3 7 7m-3-3 2-2', layers: 'm12 3 9 5-9 5-9-5zM3 13l9 5 9-5', layout: 'M4 4h16v16H4zM4 9h16M10 9v11',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01', moon: 'M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10Z', more: 'M5 12h.01M12 12h.01M19 12h.01',
  palette: 'M12 21a9 9 0 1 1 9-9c0 3-2 4-4 4h-2a2 2 0 0 0-1 4 1 1 0 0 1-2 1ZM7.5 11h.01M10 7h.01M15 7h.01', pause: 'M8 5v14M16 5v14', play: 'M7 4v16l13-8z',
  plus: 'M12 5v14M5 12h14', power: 'M12 3v9M6 7a8 8 0 1 0 12 0', refresh: 'M20 11a8 8 0 0 0-15-3M4 4v4h4M4 13a8 8 0 0 0 15 3m1 4v-4h-4',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 5 5', server: 'M4 4h16v7H4zM4 13h16v7H4zM8 7.5h.01M8 16.5h.01', settings: 'M4 7h9m4 0h3M4 17h3m4 0h9M15 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM9 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  shield: 'M12 3 4 6v6c0 5 8 9 8 9s8-4 8-9V6z', sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2v2m0 16v2M2 12h2m16 0h2M5 5l1 1m12 12 1 1M5 19l1-1M18 6l1-1',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5', undo: 'M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3', upload: 'M12 20V9m-5 4 5-5 5 5M4 4h16',
  users: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2 20c0-4 3-6 7-6s7 2 7 6M16 4a3.5 3.5 0 0 1 0 7M22 20c0-3-1-5-4-6', x: 'M6 6l12 12M18 6 6 18', zap: 'M13 2 4 14h7l-1 8 9-12h-7z',
  logout: 'M15 4h5v16h-5M11 8l-4 4 4 4M7 12h9', heartbeat: 'M3 12h4l2-5 4 10 2-5h6', terminal: 'm5 7 5 5-5 5M12 18h7', home: 'M4 11 12 4l8 7v9H4z',
};

export function Icon({ name, label }) {
  return html`<svg class="icon" viewBox="0 0 24 24" role=${label ? 'img' : undefined} aria-label=${label} aria-hidden=${label ? undefined : 'true'}>
    <path d=${paths[name] || ''} /></svg>`;
}

// Button: primary (one a view), danger, small, ghost; busy shows that it works and takes no click.
export function Button({ children, primary, danger, small, ghost, busy, submit, icon, class: more = '', ...rest }) {
  const kind = [primary && 'primary', danger && 'danger', small && 'small', ghost && 'ghost', busy && 'busy', more].filter(Boolean).join(' ');
  return html`<button type=${submit ? 'submit' : 'button'} class="button ${kind}" ...${rest} disabled=${rest.disabled || busy} aria-busy=${busy ? 'true' : undefined}>
    ${icon && html`<${Icon} name=${icon} />`}${children}</button>`;
}

// Card is a titled part of a page; actions stand at its right.
export function Card({ title, hint, actions, children, class: more = '', flush }) {
  return html`<section class="card ${flush ? 'flush' : ''} ${more}">
    ${(title || actions) && html`<header class="card-head"><div><h2>${title}</h2>${hint && html`<p class="hint">${hint}</p>`}</div>
      ${actions && html`<div class="card-actions">${actions}</div>`}</header>`}
    ${children}</section>`;
}

export const Stat = ({ label, value, note, tone }) => html`<div class="stat">
  <span class="stat-label">${label}</span><span class="stat-value">${value ?? html`<${Skeleton} />`}</span>
  ${note != null && html`<span class="stat-note ${tone || ''}">${note}</span>`}</div>`;

// Badge is a word in a colour: good, warn, bad, info or none.
export const Badge = ({ tone = '', children }) => html`<span class="badge ${tone}">${children}</span>`;

export function Progress({ value, max = 100, label, tone = '' }) {
  const part = max > 0 ? Math.min(1, Math.max(0, value / max)) : 0;
  return html`<div class="progress ${tone}" role="progressbar" aria-label=${label} aria-valuemin="0" aria-valuemax=${max} aria-valuenow=${value}>
    <span style=${{ transform: `scaleX(${part})` }}></span></div>`;
}

export const Skeleton = ({ lines = 1 }) => html`<span class="skeletons" aria-hidden="true">${
  Array.from({ length: lines }, (_, i) => html`<span key=${i} class="skeleton"></span>`)}</span>`;

export const Empty = ({ icon = 'layers', title, children, action }) => html`<div class="empty">
  <${Icon} name=${icon} /><p class="empty-title">${title}</p>${children && html`<p class="soft">${children}</p>`}${action}</div>`;

export const Failed = ({ error, retry }) => html`<div class="empty failed" role="alert">
  <${Icon} name="alert" /><p class="empty-title">This could not be loaded</p><p class="soft">${error.message}</p>
  ${retry && html`<${Button} icon="refresh" onClick=${retry}>Try again<//>`}</div>`;

export const Time = ({ at }) => (at ? html`<time datetime=${at} title=${fmt.exact(at)}>${fmt.ago(at)}</time>` : '–');

// useLoad calls load(signal) now, when deps change and at reload(): {data, error, loading, reload,
// set}. What was there stays while it is read again.
export function useLoad(load, deps = []) {
  const [state, setState] = useState({ loading: true });
  const current = useRef();
  const reload = useCallback(async () => {
    current.current?.abort();
    const mine = current.current = new AbortController();
    setState((s) => ({ ...s, loading: true }));
    try {
      const data = await load(mine.signal);
      if (!mine.signal.aborted) setState({ data, loading: false });
    } catch (error) {
      if (!mine.signal.aborted) setState((s) => ({ data: s.data, error, loading: false }));
    }
  }, deps);
  useEffect(() => { reload(); return () => current.current?.abort(); }, [reload]);
  const set = (data) => setState((s) => ({ ...s, data: typeof data === 'function' ? data(s.data) : data }));
  return { ...state, reload, set };
}

// Loaded shows what useLoad found: a skeleton, an error with a way out, or children(data).
export function Loaded({ from, lines = 4, children }) {
  if (from.data === undefined && from.error) return html`<${Failed} error=${from.error} retry=${from.reload} />`;
  if (from.data === undefined) return html`<div aria-busy="true"><span class="hidden" role="status">Loading</span><${Skeleton} lines=${lines} /></div>`;
  return children(from.data);
}

// usePages reads a list page by page: {items, error, loading, more (or null), reload, set}.
export function usePages(path) {
  const first = useLoad((signal) => api(path, { signal }), [path]);
  const [busy, setBusy] = useState(false);
  const more = first.data?.next ? async () => {
    setBusy(true);
    try {
      const page = await api(`${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(first.data.next)}`);
      first.set((d) => ({ items: [...d.items, ...page.items], next: page.next }));
    } finally { setBusy(false); }
  } : null;
  const set = (items) => first.set((d) => ({ ...d, items: typeof items === 'function' ? items(d.items) : items }));
  return { ...first, items: first.data?.items, more, set, busy };
}

// An action may take its row away before the click has come up to it.
const stop = (e) => e.stopPropagation();

// Table shows rows. A column is {title, cell(row), number, wide, hide: true on phones}. from is
// what usePages or useLoad found; without it give rows.
export function Table({ caption, columns, rows, from, id = (r) => r.id, empty, onRow, actions }) {
  const shown = rows ?? from?.items ?? from?.data;
  if (!shown && from?.error) return html`<${Failed} error=${from.error} retry=${from.reload} />`;
  if (shown && shown.length === 0) return empty || html`<${Empty} title="Nothing here yet" />`;
  const class_ = (c) => [c.number && 'number', c.hide && 'wide-only', c.wide && 'grow'].filter(Boolean).join(' ') || undefined;
  return html`<div class="table-box" tabindex="0" role="region" aria-label=${caption}><table>
    <caption class="hidden">${caption}</caption>
    <thead><tr>${columns.map((c) => html`<th key=${c.title} scope="col" class=${class_(c)}>${c.title}</th>`)}${actions && html`<th class="row-actions"><span class="hidden">Actions</span></th>`}</tr></thead>
    <tbody aria-busy=${shown ? undefined : 'true'}>${shown ? shown.map((row) => html`<tr key=${id(row)} class=${onRow ? 'clickable' : undefined} onClick=${onRow && ((e) => { if (!e.target.closest('button,a,input')) onRow(row); })}>
      ${columns.map((c) => html`<td key=${c.title} class=${class_(c)}>${c.cell(row)}</td>`)}
      ${actions && html`<td class="row-actions" onClick=${stop}>${actions(row)}</td>`}</tr>`)
    : Array.from({ length: 6 }, (_, i) => html`<tr key=${i}>${columns.map((c) => html`<td key=${c.title} class=${class_(c)}><span class="skeleton"></span></td>`)}${actions && html`<td></td>`}</tr>`)}</tbody>
  </table></div>
  ${from?.more && html`<div class="more"><${Button} busy=${from.busy} onClick=${from.more}>Show more<//></div>`}`;
}

// Search calls onSearch with what is typed, a moment after the last letter.
export function Search({ label, onSearch, placeholder }) {
  const timer = useRef();
  const type = (e) => {
    clearTimeout(timer.current);
    const text = e.target.value;
    timer.current = setTimeout(() => onSearch(text), 200);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return html`<label class="search"><span class="hidden">${label}</span><${Icon} name="search" />
    <input type="search" placeholder=${placeholder || label} onInput=${type} autocomplete="off" spellcheck="false" /></label>`;
}

// Copy shows a text and puts it on the clipboard. secret hides it until it is asked for.
export function Copy({ text, label = 'Copy', secret, autofocus }) {
  const [state, setState] = useState('');
  const field = useRef();
  const copy = async () => {
    try { await navigator.clipboard.writeText(text); setState('Copied'); } catch { field.current.select(); setState('Press Ctrl+C'); }
    setTimeout(() => setState(''), 2000);
  };
  return html`<div class="copy"><input ref=${field} readonly type=${secret ? 'password' : 'text'} value=${text} aria-label=${label} onFocus=${(e) => e.target.select()} />
    <${Button} icon=${state === 'Copied' ? 'check' : 'copy'} autofocus=${autofocus} onClick=${copy}>${state || label}<//></div>`;
}

// Tabs is a row of views: items are [id, text].
export function Tabs({ items, current, onChange, label }) {
  const move = (e) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    const at = items.findIndex(([id]) => id === current);
    const [next] = items[(at + step + items.length) % items.length];
    onChange(next);
    e.currentTarget.querySelector(`[data-tab="${next}"]`)?.focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${label} onKeyDown=${move}>${items.map(([id, text]) => html`
    <button key=${id} type="button" role="tab" data-tab=${id} aria-selected=${id === current ? 'true' : 'false'} tabindex=${id === current ? 0 : -1} onClick=${() => onChange(id)}>${text}</button>`)}</div>`;
}
