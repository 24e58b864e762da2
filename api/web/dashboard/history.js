import { html, fmt, usePages, useState, Title, Card, Table, Search, Empty, Time } from '/assets/core.js';
import { at } from '/assets/channel.js';

export function History() {
  const [action, setAction] = useState('');
  const found = usePages(at(`audit?limit=50&order=newest${action && `&action=${encodeURIComponent(action)}`}`));
  return html`<${Title} hint="Who did what to this channel. Nothing can be taken out of it without being seen.">History<//>
    <${Card} flush title="Newest first" actions=${html`<${Search} label="Kind, such as key" onSearch=${setAction} />`}>
      <${Table} caption="History" from=${found} empty=${html`<${Empty} icon="clock" title="Nothing of this kind" />`}
        columns=${[{ title: 'When', cell: (r) => html`<${Time} at=${r.at} />` }, { title: 'Who', cell: (r) => r.actor },
          { title: 'What', cell: (r) => html`<code>${r.action}</code>` },
          { title: 'Detail', wide: true, hide: true, cell: (r) => html`<span class="hint">${fmt.detail(r.detail)}</span>` }]} /><//>`;
}
