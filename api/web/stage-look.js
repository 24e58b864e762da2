// look turns a theme as a streamer has stored it into properties of CSS. A value goes in only if it
// is a colour, a length or the name of a font and nothing besides: no url(), no second property.
const hex = /^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i;
const mixed = /^(?:rgb|hsl|oklch|oklab|lab|lch|hwb)a?\([\d.,%/ +-]{1,60}(?:deg)?[\d.,%/ +-]{0,40}\)$/i;
const named = /^[a-z]{3,24}$/i;

export const colour = (v) => {
  if (typeof v !== 'string') return '';
  const text = v.trim();
  return (hex.test(text) || mixed.test(text) || named.test(text)) && CSS.supports('color', text) ? text : '';
};

export const length = (v) => (typeof v === 'string' && /^\d{1,3}(?:\.\d{1,3})?(?:px|rem|em)$/.test(v.trim()) ? v.trim() : v === 0 || v === '0' ? '0' : '');

const families = /^(?:[a-z][a-z0-9 _-]{0,60}|"[a-z0-9 _-]{1,60}"|'[a-z0-9 _-]{1,60}')(?:\s*,\s*(?:[a-z][a-z0-9 _-]{0,60}|"[a-z0-9 _-]{1,60}"|'[a-z0-9 _-]{1,60}')){0,7}$/i;

export const font = (v) => (typeof v === 'string' && families.test(v.trim()) ? v.trim() : '');

// picture is an address that an overlay may load a picture from: https, or an upload of its own
// channel. Else it is ''.
export const picture = (url, channel) => {
  if (typeof url !== 'string' || url.length > 2000) return '';
  if (channel && new RegExp(`^/${channel}/api/uploads/\\d{1,16}$`).test(url)) return url;
  try {
    const u = new URL(url);
    return u.protocol === 'https:' && !u.username && !u.password ? u.href : '';
  } catch { return ''; }
};

const fallback = { background: '#0b0e0f', foreground: '#f4f6f7', card: '#15191c', cardForeground: '#f4f6f7', muted: '#232a2f', mutedForeground: '#93a1ab', border: '#2c353b' };

// The properties by the names that a theme has for them. The dark colours count unless the theme
// says mode: 'light'.
export function look(theme) {
  const t = theme && typeof theme === 'object' ? theme : {};
  const mode = (t.mode === 'light' ? t.lightMode : t.darkMode) || {};
  const of = (name) => colour(mode[name]) || fallback[name];
  return {
    '--st-brand': colour(t.brandColor) || '#53fc18', '--st-on-brand': colour(t.brandColorForeground) || '#0b0e0f',
    '--st-card': of('card'), '--st-text': of('cardForeground'), '--st-muted': of('muted'), '--st-soft': of('mutedForeground'), '--st-border': of('border'),
    '--st-chroma': colour(t.chromaKeyColor) || '#ff00ff', '--st-radius': length(t.borderRadius) || '0.5rem',
    '--st-font': font(t.fontFamily) || 'Inter, system-ui, sans-serif', '--st-heading': font(t.headingFontFamily) || font(t.fontFamily) || 'Inter, system-ui, sans-serif',
  };
}
