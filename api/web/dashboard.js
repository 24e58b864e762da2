import { html, render, useRoute, useSession, Shell, SignIn, SignInAgain, SignOut, Splash } from '/assets/core.js';
import { channel } from '/assets/channel.js';
import { Overview } from '/assets/overview.js';
import { Viewers } from '/assets/viewers.js';
import { Powerups } from '/assets/powerups.js';
import { Goals } from '/assets/goals.js';
import { Tips } from '/assets/tips.js';
import { Theme } from '/assets/theme-editor.js';
import { Layouts } from '/assets/layouts.js';
import { Keys } from '/assets/keys.js';
import { Settings } from '/assets/settings.js';
import { Connections } from '/assets/connections.js';
import { Data } from '/assets/data.js';
import { History } from '/assets/history.js';

const sections = [
  { id: 'overview', title: 'Overview', icon: 'home', view: Overview },
  { id: 'viewers', title: 'Viewers', icon: 'users', view: Viewers },
  { id: 'powerups', title: 'Power-ups', icon: 'zap', view: Powerups },
  { id: 'overlays', title: 'Overlays and keys', icon: 'key', view: Keys, group: 'On stream' },
  { id: 'goals', title: 'Goals', icon: 'flag', view: Goals, group: 'On stream' },
  { id: 'tips', title: 'Tips', icon: 'list', view: Tips, group: 'On stream' },
  { id: 'layouts', title: 'Layouts', icon: 'layout', view: Layouts, group: 'On stream' },
  { id: 'theme', title: 'Theme', icon: 'palette', view: Theme, group: 'On stream' },
  { id: 'settings', title: 'Settings', icon: 'settings', view: Settings, group: 'Channel' },
  { id: 'connections', title: 'Connections', icon: 'external', view: Connections, group: 'Channel' },
  { id: 'data', title: 'Your data', icon: 'database', view: Data, group: 'Channel' },
  { id: 'history', title: 'History', icon: 'clock', view: History, group: 'Channel' },
];

function Page() {
  const session = useSession();
  const route = useRoute('overview');
  if (!session.ready) return html`<${Splash} />`;
  const mine = session.admin || session.channels.includes(channel);
  const form = { placeholder: 'sv_owner_…', accept: (opened) => opened.admin || opened.streamer === channel, onDone: session.reload };
  if (!mine && !session.ended) {
    return html`<${SignIn} title="Sign in to ${channel}" hint="With an owner key of this channel. It is traded for a cookie and not kept." ...${form}>
      ${session.kick && html`<a class="button" href="/login/kick">Sign in with Kick</a>`}<//>`;
  }
  return html`<${Shell} title=${channel} subtitle="Dashboard" sections=${sections} route=${route} footer=${html`<${SignOut} onDone=${session.reload} />`}
    above=${!mine && html`<${SignInAgain} ...${form} onLeave=${session.reload} />`} />`;
}

render(html`<${Page} />`, document.getElementById('page'));
