import { html, fmt, api, toast, useState, usePages, Title, Card, Table, Button, Search, Empty, Time } from '/assets/core.js';

export function Audit() {
  const [action, setAction] = useState('');
  const found = usePages(`/api/audit?limit=50&order=newest${action && `&action=${encodeURIComponent(action)}`}`);
  const [busy, setBusy] = useState(false);
  const verify = async () => {
    setBusy(true);
    try { const v = await api('/api/audit/verify'); toast(v.ok ? `The chain of ${v.rows} rows is whole` : `The chain is broken at row ${v.brokenAt ?? '?'}`, { kind: v.ok ? 'good' : 'bad' }); } catch (e) { toast(e); }
    setBusy(false);
  };
  return html`<${Title} hint="Each row's hash covers the row before it." actions=${html`<${Button} icon="shield" busy=${busy} onClick=${verify}>Verify the chain<//>`}>Audit<//>
    <${Card} flush title="Newest first" actions=${html`<${Search} label="Kind, such as streamer" onSearch=${setAction} />`}>
      <${Table} caption="Audit log" from=${found} empty=${html`<${Empty} icon="list" title="Nothing of this kind" />`}
        columns=${[{ title: 'When', cell: (r) => html`<${Time} at=${r.at} />` }, { title: 'Who', cell: (r) => r.actor }, { title: 'What', cell: (r) => html`<code>${r.action}</code>` },
          { title: 'Streamer', cell: (r) => r.streamer || '–' }, { title: 'Detail', wide: true, hide: true, cell: (r) => html`<span class="hint">${fmt.detail(r.detail)}</span>` }]} /><//>`;
}
