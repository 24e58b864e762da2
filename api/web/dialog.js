import { html, useState, useEffect, useLayoutEffect, useRef } from '/assets/preact-htm.js';
import { Button, Icon } from '/assets/ui.js';

// Toasts and dialogs may be asked for from anywhere; <Toasts/> and <Dialogs/> in the shell show
// them.
let toasts = [], dialogs = [], serial = 0;
const watchers = new Set();
const changed = () => watchers.forEach((watch) => watch({}));

function useChanges() {
  const [, set] = useState();
  useEffect(() => { watchers.add(set); return () => watchers.delete(set); }, []);
}

// toast tells something in passing: toast('Saved'), toast(error), toast('Deleted', {undo}). One
// with undo stays 10 s, an error until it is closed.
export function toast(what, { undo, kind } = {}) {
  const bad = what instanceof Error || kind === 'bad';
  const one = { id: ++serial, text: what instanceof Error ? what.message : what, kind: bad ? 'bad' : kind || 'good', undo };
  toasts = [...toasts.slice(-3), one];
  changed();
  if (!bad) setTimeout(() => drop(one.id), undo ? 10_000 : 4_000);
}

function drop(id) {
  toasts = toasts.filter((t) => t.id !== id);
  changed();
}

// undoable shows that something is gone at once and does it only when it can no longer be taken
// back: undoable('Deleted Ann', {hide, show, act}). It acts when the page is left, too.
export function undoable(text, { hide, show, act }) {
  let over = false;
  const finish = async () => {
    if (over) return;
    over = true;
    removeEventListener('pagehide', finish);
    try { await act(); } catch (e) { show(); toast(e); }
  };
  hide();
  addEventListener('pagehide', finish);
  setTimeout(finish, 10_500); // once the way back is no longer shown
  toast(text, { undo: () => { if (!over) { over = true; removeEventListener('pagehide', finish); show(); } } });
}

export function Toasts() {
  useChanges();
  return html`<div class="toasts" role="status" aria-live="polite">${toasts.map((t) => html`
    <div key=${t.id} class="toast ${t.kind}">
      <${Icon} name=${t.kind === 'bad' ? 'alert' : 'check'} />
      <span>${t.text}</span>
      ${t.undo && html`<${Button} small onClick=${() => { t.undo(); drop(t.id); }}>Undo<//>`}
      <button type="button" class="icon-button" aria-label="Close" onClick=${() => drop(t.id)}><${Icon} name="x" /></button>
    </div>`)}</div>`;
}

// dialog shows a dialog whose content is made by body(close), and resolves to what it was closed
// with, undefined when it was left.
export function dialog({ title, body, wide }) {
  return new Promise((done) => {
    const one = { id: ++serial, title, body, wide };
    one.close = (value) => {
      dialogs = dialogs.filter((d) => d !== one);
      changed();
      done(value);
    };
    dialogs = [...dialogs, one];
    changed();
  });
}

// confirm asks before something that cannot be taken back. type is a text that has to be typed in.
export function confirm({ title, text, action = 'Confirm', danger = false, type = '' }) {
  return dialog({ title, body: (close) => html`<${Question} ...${{ text, action, danger, type, close }} />` });
}

function Question({ text, action, danger, type, close }) {
  const [typed, setTyped] = useState('');
  return html`<form onSubmit=${(e) => { e.preventDefault(); if (typed === type) close(true); }}>
    <p class="soft">${text}</p>
    ${type && html`<label class="field"><span class="label">Type <code>${type}</code> to go on</span>
      <input value=${typed} onInput=${(e) => setTyped(e.target.value)} autocomplete="off" autofocus /></label>`}
    <div class="actions">
      <${Button} onClick=${() => close(false)}>Cancel<//>
      <${Button} submit danger=${danger} primary=${!danger} disabled=${typed !== type} autofocus=${!type}>${action}<//>
    </div>
  </form>`;
}

export function Dialogs() {
  useChanges();
  return html`${dialogs.map((d) => html`<${Modal} key=${d.id} ...${d} />`)}`;
}

// A click beside a dialog closes it, unless something may have been written in it.
const written = 'input:not([readonly]), textarea, select';

function Modal({ id, title, body, wide, close }) {
  const box = useRef(), pressed = useRef();
  useLayoutEffect(() => { if (!box.current.open) box.current.showModal(); }, []);
  return html`<dialog ref=${box} class=${wide ? 'wide' : ''} aria-labelledby="dialog-${id}" onClose=${() => close()}
      onPointerDown=${(e) => { pressed.current = e.target; }}
      onClick=${(e) => { if (e.target === box.current && pressed.current === box.current && !box.current.querySelector(written)) box.current.close(); }}>
    <div class="dialog-body">
      <header><h2 id="dialog-${id}">${title}</h2>
        <button type="button" class="icon-button" aria-label="Close" onClick=${() => box.current.close()}><${Icon} name="x" /></button></header>
      ${body(close)}
    </div>
  </dialog>`;
}
