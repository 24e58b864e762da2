import { html, api, SignIn, Badge, useLoad } from '/assets/core.js';

// Welcome is what somebody without a key sees: what this is, whether it is well, where to go on.
export function Welcome({ kick, form }) {
  const health = useLoad((signal) => api('/readyz', { signal, quiet: true }));
  const state = health.error ? html`<${Badge} tone="bad">not ready<//>` : health.data ? html`<${Badge} tone="good">ready<//>` : html`<${Badge}>…<//>`;
  return html`<${SignIn} title="Operator's console" hint="With an admin key of this installation. It is traded for a cookie and not kept." ...${form}>
    <div class="stack tight"><p class="hint">streamvault keeps every streamer's viewers, points and overlays in a database file of its own. Streamers sign in at <code>/their-name/dashboard</code>.</p>
      <p class="row hint"><span>This server is ${state}</span><a href="/docs">API documentation</a></p>
      ${kick && html`<a class="button" href="/login/kick">Streamers: sign in with Kick</a>`}</div><//>`;
}
