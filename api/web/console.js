import { html, render, useRoute, useSession, Shell, SignInAgain, SignOut, Splash } from '/assets/core.js';
import { Streamers } from '/assets/streamers.js';
import { Shards } from '/assets/shards.js';
import { Fleet } from '/assets/fleet.js';
import { Backups } from '/assets/backups.js';
import { Doctor } from '/assets/doctor.js';
import { Audit } from '/assets/audit.js';
import { Welcome } from '/assets/welcome.js';

const sections = [
  { id: 'streamers', title: 'Streamers', icon: 'users', view: Streamers },
  { id: 'shards', title: 'Pool and shards', icon: 'database', view: Shards },
  { id: 'fleet', title: 'Fleet migration', icon: 'layers', view: Fleet, group: 'Operations' },
  { id: 'backups', title: 'Backups', icon: 'archive', view: Backups, group: 'Operations' },
  { id: 'doctor', title: 'Doctor', icon: 'heartbeat', view: Doctor, group: 'Operations' },
  { id: 'audit', title: 'Audit', icon: 'list', view: Audit, group: 'Operations' },
];

function Page() {
  const session = useSession();
  const route = useRoute('streamers');
  if (!session.ready) return html`<${Splash} />`;
  const form = { placeholder: 'sv_admin_…', accept: (opened) => opened.admin, onDone: session.reload };
  if (!session.admin && !session.ended) return html`<${Welcome} kick=${session.kick} form=${form} />`;
  return html`<${Shell} title="streamvault" subtitle="Console" sections=${sections} route=${route} footer=${html`<${SignOut} onDone=${session.reload} />`}
    above=${!session.admin && html`<${SignInAgain} ...${form} onLeave=${session.reload} />`} />`;
}

render(html`<${Page} />`, document.getElementById('page'));
