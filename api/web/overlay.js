import { html, render } from '/assets/preact-htm.js';
import { Stage, reduce, blank } from '/assets/stage.js';
import { grid } from '/assets/stage-grid.js';
import { live } from '/assets/live.js';

// The address is /{channel}/overlay, or /{channel}/overlay/{layout} with a layout's name or id.
const [, name, , wanted] = location.pathname.split('/').map(decode);
const channel = name.toLowerCase();

function decode(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

// The key leaves the address bar, where a screen that is shown would show it. It stays in this
// tab's storage: OBS opens the page again at the address that it has now.
function takeKey() {
  const query = new URLSearchParams(location.search);
  const slot = `sv-overlay-key ${location.pathname}`;
  const given = query.get('key') || '';
  try {
    if (given) sessionStorage.setItem(slot, given);
    query.delete('key');
    const rest = query.toString();
    if (given) history.replaceState(null, '', location.pathname + (rest ? `?${rest}` : ''));
    return given || sessionStorage.getItem(slot) || '';
  } catch { return given; } // without storage the address keeps it
}

const key = takeKey();
const root = document.getElementById('page');
let state = { ...blank, channel }, chosen = null, chosenFrom = '', asked = 0, drawing = false, alone = false, gone;

// draw shows the state at the next frame, however many messages have come until then. A picture
// that nobody looks at is not drawn.
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    const layout = wanted === undefined ? state.layout : chosen;
    if (alone || !layout) return render(null, root);
    const { width, height } = grid(layout).size;
    return render(html`<${Stage} state=${state} layout=${layout} width=${Math.min(innerWidth, innerHeight * width / height)} />`, root);
  });
}

// choose reads the layout that the address names when it is new or was changed. Where there is none
// of that name the screen stays blank.
async function choose() {
  if (wanted === undefined) return;
  const found = state.layouts.find((l) => String(l.id) === wanted || l.name.toLowerCase() === wanted.toLowerCase());
  const from = found ? `${found.id} ${found.updatedAt}` : '';
  if (from === chosenFrom) return;
  chosenFrom = from;
  const mine = ++asked;
  let layout = null;
  if (found) {
    try {
      const answer = await fetch(`/${channel}/api/overlay/layouts/${found.id}`, { headers: key ? { Authorization: `Bearer ${key}` } : {}, cache: 'no-store' });
      if (answer.ok) ({ layout } = await answer.json());
      else chosenFrom = '';
    } catch { chosenFrom = ''; }
    if (!chosenFrom) setTimeout(choose, 5_000 + 5_000 * Math.random());
  }
  if (mine !== asked) return;
  if (layout || !found) chosen = layout;
  draw();
}

const blankAfter = 60_000; // ms without a connection

live(channel, {
  key,
  on(message) {
    state = { ...reduce(state, message), channel };
    if (message.type === 'snapshot' || message.type === 'layouts') choose();
    draw();
  },
  state(now) {
    if (now === 'waiting') gone ??= setTimeout(() => { alone = true; draw(); }, blankAfter);
    else {
      clearTimeout(gone);
      gone = undefined;
      alone = false;
      draw();
    }
  },
});
addEventListener('resize', draw);
