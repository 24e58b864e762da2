import { html, api, fmt, useEffect, useLoad, Title, Card, Stat, Table, Loaded, Empty } from '/assets/core.js';

const every = 3_000;

export function Shards() {
  const found = useLoad((signal) => api('/api/pool', { signal }));
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) found.reload(); }, every);
    return () => clearInterval(timer);
  }, []);
  return html`<${Title} hint="Files that are open now, and how callers got to them since the start.">Pool and shards<//>
    <${Loaded} from=${found}>${(p) => html`
      <div class="stats">
        <${Stat} label="Open" value=${fmt.number(p.open)} note=${`of ${fmt.number(p.size)} at most`} />
        <${Stat} label="In use" value=${fmt.number(p.leased)} note=${`${fmt.number(p.idle)} at rest`} />
        <${Stat} label="Found open" value=${fmt.percent(p.hits, p.hits + p.misses)} note=${`${fmt.compact(p.hits)} of ${fmt.compact(p.hits + p.misses)} calls`} />
        <${Stat} label="Waiting" value=${fmt.number(p.waiters)} tone=${p.waiters ? 'warn' : ''} note=${`${fmt.milliseconds(p.waitedMs)} waited in all`} />
        <${Stat} label="Opened" value=${fmt.compact(p.opens)} tone=${p.openFailures ? 'bad' : ''} note=${p.openFailures ? `${fmt.number(p.openFailures)} failed` : 'none failed'} />
        <${Stat} label="Made room" value=${fmt.compact(p.evictions)} note=${`${fmt.compact(p.expired)} closed at rest`} />
      </div>
      <${Card} flush title="Busiest streamers" hint="Of the files that are open.">
        <${Table} caption="Busiest streamers" rows=${p.top || []} id=${(s) => s.streamer} empty=${html`<${Empty} icon="database" title="No file is open" />`}
          columns=${[{ title: 'Streamer', wide: true, cell: (s) => html`<a href="#/streamers/${s.streamer}">${s.streamer}</a>` },
            { title: 'Reads', number: true, cell: (s) => fmt.compact(s.reads) }, { title: 'Writes', number: true, cell: (s) => fmt.compact(s.writes) },
            { title: 'Log', number: true, hide: true, cell: (s) => fmt.bytes(s.walBytes) }, { title: 'File', number: true, hide: true, cell: (s) => fmt.bytes(s.bytes) }]} /><//>`}<//>`;
}
