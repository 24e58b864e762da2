import { html, api, fmt, confirm, toast, useState, useEffect, Title, Card, Table, Button, Badge, Empty, Progress, Icon, Stat } from '/assets/core.js';

export function Doctor() {
  const [report, setReport] = useState(null);
  const [work, setWork] = useState(null);
  const run = async (order) => {
    setWork({ done: 0, total: 0, step: 'looking' });
    try { setReport(await api.lines('/api/doctor', setWork, { method: 'POST', body: order })); } catch (e) { toast(e); }
    setWork(null);
  };
  useEffect(() => { run({}); }, []);
  const fix = async () => {
    if (await confirm({ title: 'Mend what loses nothing?', text: 'Only what is marked as fixable: leftovers, permissions, accounts of the registry. Each repair stands in the audit log.', action: 'Mend' })) run({ fix: true });
  };
  const fixable = report?.problems.some((p) => p.fixable);
  return html`<${Title} hint="Files, registry, backups and disk against each other." actions=${html`
      <${Button} icon="refresh" disabled=${!!work} onClick=${() => run({})}>Look again<//><${Button} icon="search" disabled=${!!work} onClick=${() => run({ deep: true })}>Read every row<//>
      ${fixable && html`<${Button} primary disabled=${!!work} onClick=${fix}>Mend<//>`}`}>Doctor<//>
    ${work && html`<${Card}><${Progress} label="Examined" value=${work.done || 0} max=${work.total || 0} /><p class="soft" role="status">${work.step} ${work.total ? `${fmt.number(work.done)} of ${fmt.number(work.total)}` : ''}</p><//>`}
    ${report && html`<div class="stats"><${Stat} label="Verdict" value=${report.ok ? 'Well' : 'Problems'} tone=${report.ok ? 'good' : 'bad'} note=${report.ok ? 'nothing is wrong' : `${report.problems.length} found`} /><${Stat} label="Shards" value=${fmt.number(report.shards)} /></div>
      <${Card} flush title="Problems"><${Table} caption="Problems" rows=${report.problems} id=${(p) => `${p.code} ${p.streamer} ${p.detail}`} empty=${html`<${Empty} icon="check" title="All is well" />`}
        columns=${[{ title: 'What', cell: (p) => html`<code>${p.code}</code>` }, { title: 'Streamer', cell: (p) => (p.streamer ? html`<a href="#/streamers/${p.streamer}">${p.streamer}</a>` : '–') },
          { title: 'Detail', wide: true, cell: (p) => html`${p.detail}<br /><span class="hint">${p.advice}</span>` }, { title: '', cell: (p) => p.fixable && html`<${Badge} tone="info">fixable<//>` }]} /><//>
      ${report.notes?.length > 0 && html`<${Card} title="Notes"><ul class="stack tight">${report.notes.map((n, i) => html`<li key=${i} class="row note"><${Icon} name="flag" /><span>${typeof n === 'string' ? n : n.detail}</span></li>`)}</ul><//>`}`}`;
}
