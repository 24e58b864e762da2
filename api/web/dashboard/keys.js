import { html, api, segment, confirm, dialog, toast, usePages, useLoad, useForm, Title, Card, Table, Button, Badge, Empty, Form, Field, Copy, Time } from '/assets/core.js';
import { channel, at } from '/assets/channel.js';
import { TestAlert } from '/assets/test-alert.js';

const overlayURL = (key, layout) => `${location.origin}/${channel}/overlay${layout ? `/${segment(layout)}` : ''}?key=${key}`;

export function Keys() {
  const found = usePages(at('keys?limit=100'));
  const issue = async (role) => {
    const issued = await dialog({ title: role === 'overlay' ? 'New overlay' : 'New owner key', body: (close) => html`<${NewKey} role=${role} close=${close} />` });
    if (issued) { found.reload(); await show(issued); }
  };
  const act = (k, verb, question, does) => async () => {
    if (!await confirm({ title: question, text: verb === 'Revoke' ? 'Whatever uses it stops at once: overlays go blank, bots are refused.' : 'The old secret ends at once; put the new one wherever it is used.', action: verb, danger: verb === 'Revoke' })) return;
    try { const r = await does(); found.reload(); if (r?.key) await show(r); else toast('Revoked'); } catch (e) { toast(e); }
  };
  return html`<${Title} hint="An overlay key may only read what an overlay shows. An owner key may do everything on this channel." actions=${html`
      <${Button} icon="key" onClick=${() => issue('owner')}>New owner key<//><${Button} primary icon="plus" onClick=${() => issue('overlay')}>New overlay<//>`}>Overlays and keys<//>
    <${TestAlert} />
    <${Card} flush title="Keys"><${Table} caption="Keys" from=${found} empty=${html`<${Empty} icon="key" title="No keys" />`}
      columns=${[{ title: 'Name', wide: true, cell: (k) => html`${k.name || html`<span class="soft">without a name</span>`}${k.revokedAt && html`<span class="soft phone-only"> revoked</span>`}` },
        { title: 'Kind', cell: (k) => html`<${Badge} tone=${k.revokedAt ? '' : k.role === 'overlay' ? 'info' : 'warn'}>${k.role}<//>` },
        { title: 'Since', hide: true, cell: (k) => html`<${Time} at=${k.createdAt} />` },
        { title: 'State', hide: true, cell: (k) => (k.revokedAt ? html`<span class="soft">revoked <${Time} at=${k.revokedAt} /></span>` : html`<span class="good-text">works</span>`) }]}
      actions=${(k) => !k.revokedAt && html`<${Button} small onClick=${act(k, 'Rotate', `Give “${k.name || k.role}” a new secret?`, () => api.post(at(`keys/${k.id}/rotate`)))}>Rotate<//>
        <${Button} small danger onClick=${act(k, 'Revoke', `Revoke “${k.name || k.role}”?`, () => api.delete(at(`keys/${k.id}`)))}>Revoke<//>`} /><//>`;
}

const show = (issued) => dialog({ title: 'Shown this once', wide: true, body: (close) => html`<${Issued} issued=${issued} close=${close} />` });

function Issued({ issued, close }) {
  const layouts = useLoad((signal) => api(at('overlay/layouts'), { signal }).then((p) => p.items));
  if (issued.role !== 'overlay') {
    return html`<p class="soft">Keep it where only you can read it. It is not stored here and cannot be shown again.</p><${Copy} text=${issued.key} label="Copy key" secret autofocus />
      <div class="actions"><${Button} primary onClick=${() => close()}>Done<//></div>`;
  }
  return html`<p class="soft">In OBS add a <strong>Browser</strong> source, 1920 × 1080, with this address. It is not stored here and cannot be shown again.</p>
    <${Copy} text=${overlayURL(issued.key)} label="Copy OBS address" secret autofocus />
    ${layouts.data?.length > 1 && html`<p class="hint">One address for each layout:</p>${layouts.data.map((l) => html`<div key=${l.id} class="stack tight"><span class="label">${l.name}</span><${Copy} text=${overlayURL(issued.key, l.name)} label="Copy" secret /></div>`)}`}
    <div class="actions"><${Button} primary onClick=${() => close()}>Done<//></div>`;
}

function NewKey({ role, close }) {
  const form = useForm({ name: role === 'overlay' ? 'OBS' : '' }, (v) => api.post(at('keys'), { role, name: v.name }), { onDone: close });
  return html`<${Form} form=${form} always action="Create" onCancel=${() => close()}>
    <${Field} form=${form} name="name" label="Name" hint="Where it is used, so that you know which one to revoke." maxlength="100" autofocus /><//>`;
}
