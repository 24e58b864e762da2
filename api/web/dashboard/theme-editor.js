import { html, api, toast, useState, useLoad, useDraft, Title, Card, Tabs, Button, Loaded } from '/assets/core.js';
import { at } from '/assets/channel.js';
import { Preview } from '/assets/preview.js';

const shades = [['background', 'Background'], ['foreground', 'Text'], ['card', 'Panel'], ['cardForeground', 'Text on panels'], ['primary', 'Primary'], ['primaryForeground', 'Text on primary'],
  ['secondary', 'Secondary'], ['secondaryForeground', 'Text on secondary'], ['muted', 'Muted'], ['mutedForeground', 'Muted text'], ['accent', 'Accent'], ['accentForeground', 'Text on accent'], ['border', 'Lines']];
const fonts = [['', 'As the system'], ['system-ui, sans-serif', 'Sans'], ['Georgia, "Times New Roman", serif', 'Serif'], ['ui-monospace, Menlo, Consolas, monospace', 'Monospace'], ['"Comic Sans MS", "Comic Neue", cursive', 'Comic']];

export function Theme() {
  const found = useLoad(async (signal) => {
    const [theme, layout] = await Promise.all([api.tagged(at('admin/theme'), { signal }), api(at('admin/overlay/layout'), { signal })]);
    return { ...theme, layout };
  });
  return html`<${Title} hint="Colours and names of the overlay. Open overlays follow when it is saved.">Theme<//>
    <${Loaded} from=${found} lines=${8}>${({ data, etag, layout }) => html`<${Editor} key=${etag} theme=${data} etag=${etag} layout=${layout} reload=${found.reload} />`}<//>`;
}

function Editor({ theme, etag, layout, reload }) {
  const { draft, set: setDraft, dirty, saved } = useDraft(`theme ${etag}`, theme);
  const [mode, setMode] = useState('darkMode');
  const [busy, setBusy] = useState(false);
  const set = (name) => (value) => setDraft((d) => ({ ...d, [name]: value }));
  const shade = (name) => (value) => setDraft((d) => ({ ...d, [mode]: { ...d[mode], [name]: value } }));
  const save = async () => {
    setBusy(true);
    try { await api.save(at('admin/theme'), draft, etag); saved(); toast('Saved'); reload(); } catch (e) { toast(e); }
    setBusy(false);
  };
  return html`<div class="theme-grid">
    <div class="stack">
      <${Card} title="Names and brand">
        <div class="columns narrow"><${Text} label="Name" value=${draft.siteName} set=${set('siteName')} /><${Text} label="Name, second part" value=${draft.siteNameAccent} set=${set('siteNameAccent')} /></div>
        <div class="columns narrow"><${Colour} label="Brand" value=${draft.brandColor} set=${set('brandColor')} /><${Colour} label="Text on brand" value=${draft.brandColorForeground} set=${set('brandColorForeground')} />
          <${Colour} label="Chroma key" value=${draft.chromaKeyColor} set=${set('chromaKeyColor')} /></div>
        <div class="columns narrow">
          <label class="field"><span class="label">Corners: ${draft.borderRadius || '0rem'}</span><input type="range" min="0" max="2" step="0.125" value=${parseFloat(draft.borderRadius) || 0} onInput=${(e) => set('borderRadius')(`${e.target.value}rem`)} /></label>
          <label class="field"><span class="label">The overlay is</span><select value=${draft.mode === 'light' ? 'light' : 'dark'} onChange=${(e) => set('mode')(e.target.value)}><option value="dark">dark</option><option value="light">light</option></select></label>
          <label class="field"><span class="label">Font</span><select value=${draft.fontFamily || ''} onChange=${(e) => set('fontFamily')(e.target.value)}>${fonts.map(([v, text]) => html`<option key=${v} value=${v}>${text}</option>`)}${!fonts.some(([v]) => v === (draft.fontFamily || '')) && html`<option value=${draft.fontFamily}>${draft.fontFamily}</option>`}</select></label>
        </div><//>
      <${Card} title="Colours"><${Tabs} label="Colours for" items=${[['darkMode', 'Dark'], ['lightMode', 'Light']]} current=${mode} onChange=${setMode} />
        <div class="columns narrow">${shades.map(([name, label]) => html`<${Colour} key=${name} label=${label} value=${draft[mode]?.[name]} set=${shade(name)} />`)}</div><//>
    </div>
    <div class="theme-preview"><${Card} title="Preview" actions=${html`<${Button} small disabled=${!dirty} onClick=${() => setDraft(theme)}>Undo changes<//><${Button} small primary disabled=${!dirty} busy=${busy} onClick=${save}>Save<//>`}>
      <${Preview} layout=${layout} theme=${draft} /><//></div>
  </div>`;
}

const Text = ({ label, value, set }) => html`<label class="field"><span class="label">${label}</span><input maxlength="60" value=${value || ''} onInput=${(e) => set(e.target.value)} /></label>`;

const hex = /^#[0-9a-f]{6}$/i;

// Colour takes #rrggbb, by picking or typing.
function Colour({ label, value = '', set }) {
  const [typed, setTyped] = useState(null);
  const type = (e) => { const text = e.target.value.trim(); if (hex.test(text)) { setTyped(null); set(text.toLowerCase()); } else setTyped(text); };
  return html`<div class="field" role="group" aria-label=${label}><span class="label">${label}</span><div class="row colour">
    <input type="color" aria-label="${label}: pick" value=${hex.test(value) ? value : '#000000'} onInput=${(e) => { setTyped(null); set(e.target.value); }} />
    <input class="mono" aria-label="${label}: value" aria-invalid=${typed !== null ? 'true' : undefined} value=${typed ?? value} maxlength="32" spellcheck="false" onInput=${type} /></div></div>`;
}
