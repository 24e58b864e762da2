import { html, useState, useEffect, useLayoutEffect, useRef } from '/assets/preact-htm.js';
import { look, picture } from '/assets/stage-look.js';
import { grid } from '/assets/stage-grid.js';

// A stage is what an overlay shows: the areas of a layout, drawn from a state that messages are
// folded into. It is written for the browser inside OBS too, which may be some years old.

const longest = 12; // items of a list that grows

// table has what stands in it and nothing else: what data asks for may be called constructor.
const table = (of) => Object.assign(Object.create(null), of);

export const blank = { goals: [], tips: [], board: [], powerups: [], drops: [], feed: [], settings: {}, event: null, alerts: 0, layout: null, layouts: [], theme: {}, live: false };

const newest = (old, items) => {
  const known = new Set(old.map((o) => o.id));
  return [...items.filter((i) => !known.has(i.id)).reverse(), ...old].slice(0, longest);
};

const goalsOf = (byID) => Object.entries(byID).map(([id, g]) => ({ id, label: id.charAt(0).toUpperCase() + id.slice(1), ...g }));

const parts = table({
  goals: (s, d) => ({ ...s, goals: s.labelled ? s.goals : goalsOf(d) }),
  goalList: (s, d) => ({ ...s, goals: d, labelled: true }),
  tips: (s, d) => ({ ...s, tips: d }),
  leaderboard: (s, d) => ({ ...s, board: d }),
  powerups: (s, d) => ({ ...s, powerups: Object.values(d) }),
  settings: (s, d) => ({ ...s, settings: d }),
  layout: (s, d) => ({ ...s, layout: d }),
  layouts: (s, d) => ({ ...s, layouts: d }),
  theme: (s, d) => ({ ...s, theme: d }),
  live: (s, d) => ({ ...s, live: d }),
  lastEvent: (s, d) => ({ ...s, event: d, alerts: s.alerts + 1 }),
  points: (s, d) => ({ ...s, feed: newest(s.feed, d.items) }),
  drops: (s, d) => ({ ...s, drops: newest(s.drops, d.items) }),
  recent: (s, d) => ({ ...s, feed: newest([], d.points), drops: newest([], d.drops) }),
});

// reduce folds a message of api/events into a state. What it does not know it leaves out.
export function reduce(state, { type, data }) {
  if (type !== 'snapshot') return parts[type] ? parts[type](state, data) : state;
  let next = { ...blank, alerts: state.alerts };
  for (const [name, part] of Object.entries(data)) if (parts[name]) next = parts[name](next, part);
  return { ...next, alerts: state.alerts };
}

const count = new Intl.NumberFormat();
const name = (text) => html`<bdi class="st-name">${String(text ?? '')}</bdi>`;

const number = (n, least, most, otherwise) => (Number.isFinite(Number(n)) && n !== '' && n != null ? Math.min(most, Math.max(least, Math.round(Number(n)))) : otherwise);

// Area is one component of a layout; rows is how many lines of text it has room for.
function Area({ area, state, preview }) {
  const view = views[area.type];
  const title = area.settings.title ?? titles[area.type];
  const bare = area.type === 'chroma' || area.type === 'empty' || area.type === 'image' || !view;
  if (bare) {
    return html`<section class="st-area st-${view ? area.type : 'empty'}" style=${area.place}>
      ${area.type === 'image' && html`<${Picture} url=${area.settings.url} channel=${state.channel} />`}
      ${preview && html`<span class="st-label">${area.settings.label || titles[area.type] || area.type}</span>`}</section>`;
  }
  const low = area.height < 130;
  const lines = Math.max(1, Math.floor((area.height - (low ? 24 : title ? 84 : 36)) / 52));
  return html`<section class="st-area st-card st-${area.type} ${low ? 'st-low' : ''}" style=${area.place}>
    ${title && !low && html`<h2 class="st-title">${title}</h2>`}
    <div class="st-body"><${view} area=${area} state=${state} lines=${number(area.settings.count, 1, lines, lines)} low=${low} /></div></section>`;
}

const titles = table({ goals: 'Goals', leaderboard: 'Top viewers', events: 'Latest', chat: 'Activity', drops: 'Drops', dropgame: 'Drops', powerups: 'Power-ups', chroma: 'Game', empty: '', image: 'Picture' });

function Picture({ url, channel }) {
  const [failed, setFailed] = useState('');
  const src = picture(url, channel);
  return src && failed !== src ? html`<img class="st-picture" src=${src} alt="" referrerpolicy="no-referrer" onError=${() => setFailed(src)} />` : null;
}

function Goals({ state, lines, low }) {
  const shown = state.goals.slice(0, Math.max(1, low ? 1 : Math.floor(lines * 52 / 70) || 1));
  if (!shown.length) return html`<p class="st-soft">No goals yet</p>`;
  return shown.map((g) => {
    const part = g.target > 0 ? Math.min(1, g.current / g.target) : 0;
    return html`<div class="st-goal ${part >= 1 ? 'st-reached' : ''}" key=${g.id}>
      <div class="st-line">${name(g.label)}<span class="st-count"><b key=${g.current} class="st-pop">${count.format(g.current)}</b> / ${count.format(g.target)}</span></div>
      <div class="st-track"><span style=${{ transform: `scaleX(${part})` }}></span></div></div>`;
  });
}

// Tips shows one after the other; each stays for settings.seconds, 10 unless told.
function Tips({ area, state }) {
  const [at, setAt] = useState(0);
  const seconds = number(area.settings.seconds, 3, 600, 10);
  const several = state.tips.length > 1;
  useEffect(() => {
    if (!several) return undefined;
    const timer = setInterval(() => setAt((n) => n + 1), seconds * 1000);
    return () => clearInterval(timer);
  }, [several, seconds]);
  if (!state.tips.length) return null;
  const text = state.tips[at % state.tips.length];
  return html`<p class="st-tip" key=${text}><bdi>${text}</bdi></p>`;
}

// Leaderboard keeps each viewer's line and moves it to its rank.
function Leaderboard({ state, lines }) {
  const shown = state.board.slice(0, lines);
  if (!shown.length) return html`<p class="st-soft">Nobody has points yet</p>`;
  return html`<ol class="st-board" style=${{ height: `${shown.length * 52}px` }}>${shown.map((r, i) => html`
    <li key=${r.username} class="st-rank" style=${{ transform: `translateY(${i * 52}px)` }}><span class="st-place">${i + 1}</span>${name(r.username)}
      <b key=${r.totalPoints} class="st-pop">${count.format(r.totalPoints)}</b></li>`).sort((a, b) => (a.key < b.key ? -1 : 1))}</ol>`;
}

// happenings are what the last event is called, and what somebody did then.
export const happenings = table({
  follow: ['Follow', 'now follows'], subscription: ['Subscription', 'has subscribed'], gift: ['Gift', 'gave'], tip: ['Tip', 'tipped'], tts: ['Says', ''],
});

function Events({ state }) {
  const e = state.event;
  if (!e || typeof e !== 'object') return html`<p class="st-soft">Waiting for the first one</p>`;
  const [kind, verb] = happenings[e.type] || ['Event', ''];
  const details = typeof e.details === 'string' ? e.details : '';
  return html`<div class="st-event ${state.alerts ? 'st-alert' : ''}" key=${`${state.alerts} ${e.timestamp}`}>
    <span class="st-tag">${kind}</span><p>${name(e.username)} ${verb}${details && html` <bdi>${details}</bdi>`}</p></div>`;
}

function Drops({ state, lines }) {
  if (!state.drops.length) return html`<p class="st-soft">Type !drop to play</p>`;
  return html`<ul class="st-list">${state.drops.slice(0, lines).map((d) => html`<li key=${d.id} class="st-row">${name(d.username)}
    ${d.isPerfect && html`<span class="st-tag">Perfect</span>`}<b>${count.format(d.score)}</b></li>`)}</ul>`;
}

const sources = table({ chat: 'chat', watch: 'watching', drop: 'drop', sub: 'subscription', gift: 'gift', renewal: 'renewal', tip: 'tip', spend: 'spent', gamble: 'bet', duel: 'duel' });

function Feed({ state, lines }) {
  if (!state.feed.length) return html`<p class="st-soft">Points appear here as they are given</p>`;
  return html`<ul class="st-list">${state.feed.slice(0, lines).map((m) => html`<li key=${m.id} class="st-row">${name(m.username)}
    <span class="st-soft">${sources[m.source] || ''}</span><b class=${m.amount < 0 ? 'st-minus' : 'st-plus'}>${m.amount > 0 ? '+' : ''}${count.format(m.amount)}</b></li>`)}</ul>`;
}

function Powerups({ area, state, lines }) {
  if (!state.powerups.length) return html`<p class="st-soft">None on sale</p>`;
  const columns = Math.max(1, Math.floor(area.width / 300));
  return html`<ul class="st-shop" style=${{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>${state.powerups.slice(0, lines * columns).map((p) => html`
    <li key=${p.id} class="st-row"><span class="st-emoji">${String(p.emoji || '').slice(0, 8)}</span>${name(p.name)}<b>${count.format(p.cost)}</b></li>`)}</ul>`;
}

const nothing = () => null;
const views = table({ goals: Goals, tips: Tips, leaderboard: Leaderboard, events: Events, chat: Feed, drops: Drops, dropgame: Drops, powerups: Powerups, chroma: nothing, empty: nothing, image: nothing });

// areaTypes are the types of areas that a layout may have, for the editor.
export const areaTypes = Object.keys(views).filter((t) => t !== 'dropgame');

// Stage draws a layout (state.layout unless another is given) with a theme (state.theme unless
// another is given). width makes it that many pixels wide; without it is as large as the layout
// says. preview names the areas that an overlay leaves blank.
export function Stage({ layout, theme, state, width, preview }) {
  const box = useRef();
  const { size, style, areas } = grid(layout || state.layout);
  const scale = width ? width / size.width : 1;
  const dress = look(theme || state.theme);
  useLayoutEffect(() => { // before it is seen
    for (const [property, value] of Object.entries(dress)) box.current.style.setProperty(property, value);
  }, [JSON.stringify(dress)]);
  return html`<div class="st-frame" style=${{ width: `${size.width * scale}px`, height: `${size.height * scale}px` }}>
    <div ref=${box} class="st-stage" style=${{ ...style, transform: scale === 1 ? 'none' : `scale(${scale})` }}>
      ${areas.map((a) => html`<${Area} key=${a.id} area=${a} state=${state} preview=${preview} />`)}</div></div>`;
}
