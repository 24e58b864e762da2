import { html, render, api, fmt, live, useState, useEffect, useMemo, useLoad, useRoute, useSession, Shell, SignIn, SignOut, Splash, Title, Card, Stat, Table, Loaded, Plot, Empty } from '/assets/core.js';

const channel = location.pathname.split('/')[1];
const at = (path) => `/${channel}/api/${path}`;

function Overview() {
  const activity = useLoad((signal) => api(at('activity?hours=48'), { signal }));
  const board = useLoad((signal) => api(at('leaderboard'), { signal }));
  useEffect(() => {
    const line = live(channel, { on: (m) => { if (m.type === 'leaderboard') board.set(m.data); if (m.type === 'snapshot') board.set(m.data.leaderboard); } });
    return () => line.close();
  }, []);
  return html`<${Title} hint="The last two days of this channel, as they happen.">Overview<//>
    <${Loaded} from=${activity} lines=${6}>${(found) => html`<${Hours} hours=${found.items || found} />`}<//>
    <${Card} title="Top viewers" flush><${Table} caption="Top viewers" from=${board} id=${(r) => r.username} rows=${board.data?.slice(0, 10)}
      empty=${html`<${Empty} icon="users" title="No viewers with points yet" />`}
      columns=${[{ title: 'Viewer', wide: true, cell: (r) => r.username }, { title: 'Channel', number: true, hide: true, cell: (r) => fmt.number(r.channelPoints) },
        { title: 'Drops', number: true, hide: true, cell: (r) => fmt.number(r.totalDrops) }, { title: 'Points', number: true, cell: (r) => fmt.number(r.totalPoints) }]} /><//>`;
}

function Hours({ hours }) {
  const times = useMemo(() => hours.map((h) => Date.parse(h.hour) / 1000), [hours]);
  const points = useMemo(() => [{ label: 'Points given', values: hours.map((h) => h.points), kind: 'bars' }], [hours]);
  const sum = (of) => hours.reduce((n, h) => n + h[of], 0);
  return html`<div class="stats"><${Stat} label="Points given" value=${fmt.number(sum('points'))} /><${Stat} label="Busiest hour" value=${fmt.number(Math.max(0, ...hours.map((h) => h.viewers)))} note="active viewers" />
    <${Stat} label="Drops" value=${fmt.number(sum('drops'))} /></div>
    <${Card} title="Points an hour"><${Plot} title="Points given in each hour" times=${times} series=${points} /><//>`;
}

const sections = [{ id: 'overview', title: 'Overview', icon: 'home', view: Overview }];

function Page() {
  const session = useSession();
  const route = useRoute('overview');
  if (!session.ready) return html`<${Splash} />`;
  if (!session.admin && !session.channels.includes(channel.toLowerCase())) {
    return html`<${SignIn} title="Sign in to ${channel}" hint="With an owner key of this channel. It is traded for a cookie and not kept." placeholder="sv_owner_…" onDone=${session.reload}>
      ${session.kick && html`<a class="button" href="/login/kick">Sign in with Kick</a>`}<//>`;
  }
  return html`<${Shell} title=${channel} subtitle="Dashboard" sections=${sections} route=${route} footer=${html`<${SignOut} onDone=${session.reload} />`} />`;
}

render(html`<${Page} />`, document.getElementById('page'));
