import { html, api, toast, useState, Card, Button } from '/assets/core.js';
import { at } from '/assets/channel.js';

const kinds = [['follow', 'Follow'], ['subscription', 'Subscription'], ['gift', 'Gift'], ['tip', 'Tip'], ['tts', 'Spoken message']];

// TestAlert has the overlay show an event that has not happened.
export function TestAlert() {
  const [busy, setBusy] = useState('');
  const send = async (type) => {
    setBusy(type);
    try { await api.post(at('events/test'), { type }); toast('Sent: open overlays show it now'); } catch (e) { toast(e); }
    setBusy('');
  };
  return html`<${Card} title="Test alert" hint="Shows up on every open overlay of this channel in place of the last event; no points move.">
    <div class="row">${kinds.map(([type, text]) => html`<${Button} key=${type} icon="bell" busy=${busy === type} onClick=${() => send(type)}>${text}<//>`)}</div><//>`;
}
