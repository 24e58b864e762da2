import { html, api, segment, confirm, toast, useLoad, useForm, Title, Card, Button, Badge, Form, Field, Loaded, Time } from '/assets/core.js';
import { at } from '/assets/channel.js';

const names = { kick: 'Kick' };

export function Connections() {
  const found = useLoad((signal) => api(at('admin/tokens'), { signal }).then((page) => page.items));
  return html`<${Title} hint="Tokens of other services. They are sealed under this channel's own key and never shown again.">Connections<//>
    <${Loaded} from=${found}>${(tokens) => html`<div class="columns">
      ${!tokens.some((t) => t.provider === 'kick') && html`<${Card} title="Kick" hint="Chat commands are answered with this account."><p class="soft">Not connected.</p>
        <div class="actions"><a class="button primary" href="/login/kick">Connect with Kick</a></div><//>`}
      ${tokens.map((t) => html`<${Connection} key=${t.provider} token=${t} reload=${found.reload} />`)}
      <${Another} reload=${found.reload} /></div>`}<//>`;
}

function Connection({ token, reload }) {
  const name = names[token.provider] || token.provider, fresh = new Date(token.expiresAt) > Date.now();
  const forget = async () => {
    if (!await confirm({ title: `Forget the token of ${name}?`, text: 'What uses it stops until it is connected again.', action: 'Forget', danger: true })) return;
    try { await api.delete(at(`admin/tokens/${segment(token.provider)}`)); toast('Forgotten'); reload(); } catch (e) { toast(e); }
  };
  return html`<${Card} title=${name}><dl class="facts">
      <dt>State</dt><dd><${Badge} tone=${fresh ? 'good' : 'warn'}>${fresh ? 'connected' : 'is renewed when it is needed'}<//></dd>
      <dt>Token until</dt><dd><${Time} at=${token.expiresAt} /></dd><dt>May</dt><dd>${token.scope || '–'}</dd><dt>Since</dt><dd><${Time} at=${token.createdAt} /></dd></dl>
    <div class="actions"><${Button} danger onClick=${forget}>Disconnect<//></div><//>`;
}

function Another({ reload }) {
  const form = useForm({ provider: '', accessToken: '', refreshToken: '', expiresAt: '', scope: '' }, (v) => api.put(at(`admin/tokens/${segment(v.provider)}`), {
    accessToken: v.accessToken, refreshToken: v.refreshToken || null, expiresAt: new Date(v.expiresAt).toISOString(), scope: v.scope || null }), { done: 'Kept, sealed', reset: true, onDone: reload });
  return html`<${Card} title="Another service" hint="For a bot that reads it with your owner key."><${Form} form=${form} action="Keep">
    <${Field} form=${form} name="provider" label="Service" required pattern="[a-z0-9_\\-]{1,40}" hint="1 to 40 of a-z, 0-9, _ and -." />
    <${Field} form=${form} name="accessToken" label="Access token" type="password" autocomplete="off" required />
    <${Field} form=${form} name="refreshToken" label="Refresh token" type="password" autocomplete="off" />
    <${Field} form=${form} name="expiresAt" label="Valid until" type="datetime-local" required />
    <${Field} form=${form} name="scope" label="Scope" maxlength="2048" /><//><//>`;
}
