import { html, useEffect, useRef, useState } from '/assets/preact-htm.js';
import { fmt } from '/assets/format.js';

// uPlot is a script of its own that is fetched when the first plot is shown.
let loading;
function uPlot() {
  loading ||= new Promise((done, fail) => {
    const style = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: '/assets/uplot.css' });
    const script = Object.assign(document.createElement('script'), { src: '/assets/uplot.js' });
    script.onload = () => done(window.uPlot);
    script.onerror = fail;
    document.head.append(style, script);
  });
  return loading;
}

// steps of an axis: what is counted has no fractions.
const steps = Array.from({ length: 13 }, (_, i) => [1, 2, 2.5, 5].map((n) => n * 10 ** i)).flat().filter(Number.isInteger);

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// resolved is a token as the browser computes it: canvas knows no light-dark().
function resolved(name) {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found || colour(name);
}

// Plot draws series over time. times are seconds since 1970, series is [{label, values, kind:
// 'line' | 'bars', colour: '--plot-1'}]; format writes a value. A table of it is there for those
// who do not see it.
export function Plot({ title, times, series, height = 180, format = fmt.compact }) {
  const box = useRef();
  const [failed, setFailed] = useState(false);
  const [look, setLook] = useState(0); // counts changes of the theme
  useEffect(() => {
    const again = () => setLook((n) => n + 1);
    const system = matchMedia('(prefers-color-scheme: dark)');
    const hand = new MutationObserver(again);
    system.addEventListener('change', again);
    hand.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => { system.removeEventListener('change', again); hand.disconnect(); };
  }, []);
  useEffect(() => {
    let plot, watch, gone = false;
    uPlot().then((U) => {
      if (gone) return;
      const axis = { stroke: resolved('--text-3'), grid: { stroke: resolved('--line'), width: 1 }, ticks: { show: false }, font: '12px system-ui' };
      const drawn = series.map((s, i) => {
        const stroke = resolved(s.colour || `--plot-${i % 4 + 1}`);
        const fill = stroke.replace(/^rgb\((.*)\)$/, s.kind === 'bars' ? 'rgba($1, .75)' : 'rgba($1, .12)');
        return { label: s.label, stroke, fill, width: s.kind === 'bars' ? 0 : 2, points: { show: false }, value: (_, v) => (v == null ? '–' : format(v)),
          paths: s.kind === 'bars' ? U.paths.bars({ size: [0.7, 40] }) : undefined };
      });
      const side = series.some((s) => s.kind === 'bars') && times.length > 1 ? (times[1] - times[0]) / 2 : 0; // the first bar and the last are whole
      plot = new U({ width: box.current.clientWidth, height, padding: [8, 20, 0, 0], cursor: { y: false, points: { size: 6 } }, legend: { show: true, live: true },
        scales: { x: { range: (_, from, to) => [from - side, to + side] }, y: { range: (_, min, max) => [Math.min(0, min || 0), max > 0 ? max * 1.1 : 5] } },
        axes: [axis, { ...axis, size: 52, incrs: steps, values: (_, all) => all.map(format) }], series: [{ value: (_, v) => (v == null ? '–' : fmt.date(v * 1000)) }, ...drawn] },
      [times, ...series.map((s) => s.values)], box.current);
      watch = new ResizeObserver(() => { if (box.current?.clientWidth) plot.setSize({ width: box.current.clientWidth, height }); });
      watch.observe(box.current);
    }, () => setFailed(true));
    return () => { gone = true; watch?.disconnect(); plot?.destroy(); };
  }, [times, series, look, height]);
  return html`<figure class="plot">
    <div ref=${box} class="plot-box" style=${{ minHeight: `${height + 34}px` }} aria-hidden="true">${failed && 'The plot could not be loaded.'}</div>
    <figcaption class="hidden">${title}</figcaption>
    <div class="hidden"><table><caption>${title}</caption><thead><tr><th>Time</th>${series.map((s) => html`<th key=${s.label}>${s.label}</th>`)}</tr></thead>
      <tbody>${times.slice(-48).map((t, i) => { const at = Math.max(0, times.length - 48) + i; return html`<tr key=${t}><td>${fmt.date(t * 1000)}</td>${series.map((s) => html`<td key=${s.label}>${format(s.values[at])}</td>`)}</tr>`; })}</tbody></table></div>
  </figure>`;
}
