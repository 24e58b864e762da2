import { html, render, api, fmt, useState, usePages, useRoute, useSession, Shell, SignIn, SignOut, Splash, Title, Card, Table, Badge, Time, Search } from '/assets/core.js';

function Streamers() {
  const [prefix, setPrefix] = useState('');
  const found = usePages(`/api/streamers?limit=50${prefix && `&q=${encodeURIComponent(prefix)}`}`);
  return html`<${Title} hint="Every streamer has a database of his own.">Streamers<//>
    <${Card} flush title="All" actions=${html`<${Search} label="Find by name" onSearch=${setPrefix} />`}>
      <${Table} caption="Streamers" from=${found} columns=${[
        { title: 'Name', wide: true, cell: (s) => html`<a href="/${s.username}/dashboard">${s.username}</a>` },
        { title: 'State', cell: (s) => html`<${Badge} tone=${s.state === 'active' ? 'good' : 'warn'}>${s.state}<//>` },
        { title: 'Schema', number: true, hide: true, cell: (s) => fmt.number(s.schemaVersion) },
        { title: 'Since', hide: true, cell: (s) => html`<${Time} at=${s.createdAt} />` }]} /><//>`;
}

const sections = [{ id: 'streamers', title: 'Streamers', icon: 'users', view: Streamers }];

function Page() {
  const session = useSession();
  const route = useRoute('streamers');
  if (!session.ready) return html`<${Splash} />`;
  if (!session.admin) {
    return html`<${SignIn} title="Operator's console" hint="With an admin key of this installation. It is traded for a cookie and not kept." placeholder="sv_admin_…"
      accept=${(opened) => opened.admin} onDone=${session.reload}>
      <p class="hint">streamvault keeps every streamer's data in a database of its own. Streamers sign in at <code>/their-name/dashboard</code>. <a href="/docs">API documentation</a></p>
      ${session.kick && html`<a class="button" href="/login/kick">Streamers: sign in with Kick</a>`}<//>`;
  }
  return html`<${Shell} title="streamvault" subtitle="Console" sections=${sections} route=${route} footer=${html`<${SignOut} onDone=${session.reload} />`} />`;
}

render(html`<${Page} />`, document.getElementById('page'));
