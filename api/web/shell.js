import { html, useState, useEffect, useLayoutEffect, useRef } from '/assets/preact-htm.js';
import { Button, Icon } from '/assets/ui.js';
import { Toasts, Dialogs, toast } from '/assets/dialog.js';
import { signIn, signOut, keyFromLink, signIns, onSignedOut } from '/assets/net.js';

// useRoute is what stands behind # in the address: #/viewers/17?q=ann is {section: 'viewers', rest:
// ['17'], query}. go(path) changes it.
export function useRoute(first) {
  const read = () => {
    const [path, query] = (location.hash.startsWith('#/') ? location.hash.slice(2) : '').split('?');
    const [section, ...rest] = path.split('/').map((s) => { try { return decodeURIComponent(s); } catch { return ''; } });
    return { section: section || first, rest, query: new URLSearchParams(query) };
  };
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const changed = () => setRoute(read());
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return route;
}

export const go = (path) => { location.hash = `#/${path}`; };

// useSession knows who is signed in: {ready, admin, channels, reload, ended}. A key in the address
// (#key=...) signs in first, also one that is pasted into an open page. ended: the sign-in is over
// without having been asked to.
export function useSession() {
  const [state, setState] = useState({ ready: false, admin: false, channels: [] });
  const reload = ({ ended = false } = {}) => signIns().then((s) => setState({ ready: true, ended, ...s }),
    (error) => setState((was) => (was.ready ? was : { ready: true, admin: false, channels: [], error })));
  useEffect(() => {
    const enter = async () => {
      const key = keyFromLink();
      if (key) await signIn(key).catch((e) => { toast(e.status === 401 ? new Error('The key in the link is not valid any more.') : e); });
      await reload();
    };
    const pasted = () => { if (location.hash.startsWith('#key=')) enter(); };
    enter();
    addEventListener('hashchange', pasted);
    const forget = onSignedOut(() => reload({ ended: true }));
    return () => { removeEventListener('hashchange', pasted); forget(); };
  }, []);
  return { ...state, reload };
}

// ThemeSwitch goes through system, light and dark.
export function ThemeSwitch() {
  const [theme, setTheme] = useState(document.documentElement.dataset.theme || '');
  const next = { '': 'light', light: 'dark', dark: '' }[theme];
  const set = () => {
    if (next) document.documentElement.dataset.theme = next;
    else delete document.documentElement.dataset.theme;
    try { if (next) localStorage.setItem('sv-theme', next); else localStorage.removeItem('sv-theme'); } catch { /* it lasts as long as the page */ }
    setTheme(next);
  };
  const name = { '': 'as the system', light: 'light', dark: 'dark' };
  return html`<button type="button" class="icon-button" onClick=${set} title="Theme: ${name[theme]}" aria-label="Theme: ${name[theme]}; change to ${name[next]}">
    <${Icon} name=${{ '': 'contrast', light: 'sun', dark: 'moon' }[theme]} /></button>`;
}

export const Mark = () => html`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true"><rect x="2" y="2" width="20" height="20" rx="6" /><path d="M7 8.5c0-2 10-2 10 0v7c0 2-10 2-10 0zM7 8.5c0 2 10 2 10 0M7 12c0 2 10 2 10 0" /></svg>`;

// Shell is a page: navigation, one section, toasts and dialogs. sections are [{id, title, icon,
// view, group}]; view gets {route}. above stands over all of it.
export function Shell({ title, subtitle, sections, route, footer, above }) {
  const main = useRef(), nav = useRef();
  const section = sections.find((s) => s.id === route.section) || sections[0];
  const first = useRef(true);
  useEffect(() => {
    document.title = `${section.title} · ${title}`;
    const here = nav.current.querySelector('[aria-current]');
    nav.current.scrollLeft = here.offsetLeft + here.offsetWidth / 2 - nav.current.clientWidth / 2; // on phones it is a row
    if (first.current) first.current = false;
    else { main.current.focus({ preventScroll: true }); scrollTo(0, 0); }
  }, [section.id]);
  const link = (s) => html`<a key=${s.id} href="#/${s.id}" aria-current=${s === section ? 'page' : undefined}><${Icon} name=${s.icon} /><span>${s.title}</span></a>`;
  const groups = [...new Set(sections.map((s) => s.group || ''))];
  return html`<a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); main.current.focus(); }}>Skip to the content</a>
    <div class="shell">
      <header class="side">
        <div class="brand"><${Mark} /><div><strong>${title}</strong><span>${subtitle}</span></div></div>
        <nav ref=${nav} aria-label="Sections">${groups.map((g) => html`<div key=${g} class="nav-group">${g && html`<span class="nav-title">${g}</span>`}${sections.filter((s) => (s.group || '') === g).map(link)}</div>`)}</nav>
        <div class="side-foot">${footer}<${ThemeSwitch} /></div>
      </header>
      <main id="main" ref=${main} tabindex="-1"><div class="content" key=${section.id}><${section.view} route=${route} /></div></main>
    </div><${Toasts} /><${Dialogs} />${above}`;
}

// Title heads a section.
export const Title = ({ children, hint, actions }) => html`<div class="title"><div><h1>${children}</h1>${hint && html`<p class="soft">${hint}</p>`}</div>
  ${actions && html`<div class="title-actions">${actions}</div>`}</div>`;

// SignIn is the page for a key; children stand below the form.
export const SignIn = ({ title, hint, children, ...form }) => html`<main id="main" class="gate"><div class="gate-box">
    <div class="brand"><${Mark} /><div><strong>streamvault</strong></div><${ThemeSwitch} /></div>
    <h1>${title}</h1><p class="soft">${hint}</p><${KeyForm} ...${form} />${children}</div></main><${Toasts} />`;

// SignInAgain asks for the key over a page whose sign-in has ended, which keeps what was typed.
export function SignInAgain({ onLeave, ...form }) {
  const box = useRef();
  useLayoutEffect(() => { if (!box.current.open) box.current.showModal(); }, []);
  return html`<dialog ref=${box} aria-labelledby="again" onClose=${onLeave}><div class="dialog-body">
    <h2 id="again">Your sign-in has ended</h2><p class="soft">Sign in again to go on: what you have typed is still there.</p>
    <${KeyForm} ...${form} /></div></dialog>`;
}

// KeyForm takes a key. accept(opened) says whether it opens this page.
function KeyForm({ placeholder, onDone, accept }) {
  const [key, setKey] = useState('');
  const [state, setState] = useState({});
  const submit = async (e) => {
    e.preventDefault();
    setState({ busy: true });
    try {
      const opened = await signIn(key);
      setKey('');
      if (accept(opened)) { setState({}); onDone(); } else setState({ error: elsewhere(opened, placeholder) });
    } catch (error) {
      setState({ error: error.status === 401 ? notValid(key.trim(), placeholder) : error.message });
    }
  };
  return html`<form class="form" onSubmit=${submit}>
      <div class="field"><label class="label" for="key">Key</label>
        <input id="key" type="password" name="password" required autofocus autocomplete="current-password" spellcheck="false" placeholder=${placeholder} value=${key}
          aria-invalid=${state.error ? 'true' : undefined} aria-describedby=${state.error ? 'key-error' : undefined} onInput=${(e) => setKey(e.target.value)} />
        ${state.error && html`<p class="field-error" id="key-error" role="alert">${state.error}</p>`}</div>
      <${Button} primary submit busy=${state.busy}>Sign in<//>
    </form>`;
}

const notValid = (key, wanted) => (key.startsWith('sv_overlay_') ? `This is an overlay key: it opens overlays only. Take one that begins with ${wanted}`
  : 'This key is not valid. It may have been revoked, or is not complete.');

const elsewhere = ({ streamer }, wanted) => html`This key opens <a href="/${streamer}/dashboard">the dashboard of ${streamer}</a>. For this page take one that begins with ${wanted}`;

export const SignOut = ({ onDone }) => html`<${Button} ghost small icon="logout" onClick=${async () => { try { await signOut(); onDone(); } catch (e) { toast(e); } }}>Sign out<//>`;

// Splash is shown until it is known who is signed in.
export const Splash = () => html`<main id="main" class="gate" aria-busy="true"><span class="hidden" role="status">Loading</span><${Mark} /></main>`;
