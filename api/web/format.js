// Numbers and times as the viewer writes them: his language, his time zone.
const numbers = new Intl.NumberFormat();
const compacts = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const dates = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const days = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const none = '–';

const steps = [[60, 'second'], [60, 'minute'], [24, 'hour'], [30, 'day'], [12, 'month'], [Infinity, 'year']];

export const fmt = {
  number: (n) => (n == null ? none : numbers.format(n)),
  compact: (n) => (n == null ? none : compacts.format(n)),
  brief: (n) => (Math.abs(n) < 1e8 ? fmt.number(n) : fmt.compact(n)),
  signed: (n) => (n > 0 ? '+' : '') + numbers.format(n),
  percent: (part, whole) => `${whole > 0 ? Math.floor(100 * part / whole) : 0} %`,
  bytes(n) {
    if (n == null) return none;
    let unit = 0;
    for (; n >= 1024 && unit < 4; unit++) n /= 1024;
    return `${n >= 100 || unit === 0 ? Math.round(n) : n.toFixed(1)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][unit]}`;
  },
  milliseconds: (n) => (n == null ? none : n < 1000 ? `${Math.round(n)} ms` : n < 60_000 ? `${(n / 1000).toFixed(1)} s` : `${Math.floor(n / 60_000)} min ${Math.round(n % 60_000 / 1000)} s`),
  // detail writes the members of an object in one line, such as what the audit log has of an act.
  detail(all) {
    const text = Object.entries(all || {}).filter(([, v]) => v !== null && v !== '').map(([k, v]) => `${k}: ${typeof v === 'object' ? JSON.stringify(v) : v}`).join(', ');
    return text.length > 160 ? `${text.slice(0, 160)}…` : text;
  },
  date: (t) => (t ? dates.format(new Date(t)) : none),
  day: (t) => (t ? days.format(new Date(t)) : none),
  exact: (t) => (t ? exact.format(new Date(t)) : none),
  ago(t) {
    if (!t) return none;
    let n = (new Date(t) - Date.now()) / 1000;
    for (const [size, unit] of steps) {
      if (Math.abs(n) < size) return relative.format(Math.round(n), unit);
      n /= size;
    }
  },
};
