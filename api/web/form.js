import { html, useState, useRef } from '/assets/preact-htm.js';
import { Button } from '/assets/ui.js';
import { toast } from '/assets/dialog.js';

let serial = 0;

// useForm keeps the values of a form, sends them once at a time, and puts what the server says of
// a field beside that field.
//
//	const form = useForm({label: '', target: 100}, (values) => api.post(path, values), {done: 'Saved'});
//	html`<${Form} form=${form} action="Save">
//	  <${Field} form=${form} name="label" label="Label" required />
//	<//>`
export function useForm(initial, send, { done, onDone, reset } = {}) {
  const [values, setValues] = useState(initial);
  const [state, setState] = useState({ busy: false, error: null });
  const begun = useRef(initial);
  const busy = useRef(false);
  return {
    values,
    ...state,
    dirty: JSON.stringify(values) !== JSON.stringify(begun.current),
    set: (name, value) => { setValues((v) => ({ ...v, [name]: value })); if (state.error) setState({ busy: false, error: null }); },
    replace: (all) => { begun.current = all; setValues(all); },
    async submit(event) {
      event?.preventDefault();
      if (busy.current) return;
      busy.current = true;
      setState({ busy: true, error: null });
      try {
        const result = await send(values);
        begun.current = reset ? initial : values;
        if (reset) setValues(initial);
        setState({ busy: false, error: null });
        if (done) toast(done);
        onDone?.(result);
      } catch (error) {
        setState({ busy: false, error });
      } finally {
        busy.current = false;
      }
    },
  };
}

// Form shows its fields, an error that is about none of them, and its buttons, behind those of also.
export function Form({ form, action = 'Save', also, onCancel, danger, children, always, fields = [], inline }) {
  const known = new Set([].concat(children).flat(3).map((c) => c?.props?.name).concat(fields));
  const error = form.error && !known.has(form.error.field) && form.error;
  return html`<form class=${inline ? 'form inline' : 'form'} onSubmit=${form.submit} novalidate=${false}>
    ${children}
    ${error && html`<p class="form-error" role="alert">${error.message}</p>`}
    <div class="actions">
      ${also}
      ${onCancel && html`<${Button} onClick=${onCancel}>Cancel<//>`}
      <${Button} submit primary=${!danger} danger=${danger} busy=${form.busy} disabled=${!always && !form.dirty}>${action}<//>
    </div>
  </form>`;
}

// Field is one input with its label, hint and error. type is that of the input, or textarea,
// select (with options [[value, text], ...]), switch. A number's value is a number.
export function Field({ form, name, label, hint, type = 'text', options = [], ...rest }) {
  const [id] = useState(() => `field-${++serial}`);
  const error = form.error?.field === name ? form.error.message : '';
  const value = form.values[name];
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
  const set = (e) => form.set(name, type === 'number' ? (e.target.value === '' ? '' : Number(e.target.value)) : e.target.value);
  const common = { id, name, 'aria-describedby': described, 'aria-invalid': error ? 'true' : undefined, title: rest.pattern && hint, ...rest };
  if (type === 'switch') {
    return html`<div class="field"><label class="switch" for=${id}>
      <input type="checkbox" role="switch" ...${common} checked=${!!value} onChange=${(e) => form.set(name, e.target.checked)} />
      <span>${label}</span></label>${below(id, hint, error)}</div>`;
  }
  return html`<div class="field">
    <label class="label" for=${id}>${label}</label>
    ${type === 'textarea' ? html`<textarea rows="4" ...${common} value=${value} onInput=${set}></textarea>`
    : type === 'select' ? html`<select ...${common} value=${value} onChange=${set}>${options.map(([v, text]) => html`<option key=${v} value=${v}>${text}</option>`)}</select>`
    : html`<input type=${type} ...${common} value=${value} onInput=${set} />`}
    ${below(id, hint, error)}
  </div>`;
}

const below = (id, hint, error) => html`
  ${error && html`<p class="field-error" id="${id}-error" role="alert">${error}</p>`}
  ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}`;
