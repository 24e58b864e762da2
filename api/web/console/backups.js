import { html, api, fmt, toast, useState, usePages, Title, Card, Table, Button, Badge, Empty, Progress, Time } from '/assets/core.js';

export function Backups() {
  const found = usePages('/api/backups?limit=50');
  const [work, setWork] = useState(null);
  const run = (text, path, body) => async () => {
    setWork({ text, done: 0, total: 0 });
    try {
      const job = await api.post(path, body);
      const end = await api.lines(`/api/jobs/${job.id}/progress`, (p) => setWork({ text, done: p.done + p.failed, total: p.total }));
      toast(end.failed ? `${text}: ${fmt.number(end.failed)} of ${fmt.number(end.total)} failed` : `${text}: done`, { kind: end.failed ? 'bad' : 'good' });
    } catch (e) { toast(e); }
    setWork(null);
    found.reload();
  };
  const verify = (b) => async () => { try { await api.post(`/api/backups/${b.id}/verify`); toast('It is whole and can be restored'); } catch (e) { toast(e); } found.reload(); };
  return html`<${Title} hint="One file a streamer. Verified: read again and passed the gate. Proven: was restored as a test." actions=${html`
      <${Button} icon="shield" disabled=${!!work} onClick=${run('Drill', '/api/backups/drill', { sample: 10 })}>Drill 10<//>
      <${Button} primary icon="archive" disabled=${!!work} onClick=${run('Backup of all', '/api/backups', {})}>Back up all<//>`}>Backups<//>
    ${work && html`<${Card} title=${work.text}><${Progress} label=${work.text} value=${work.done} max=${work.total} /><p class="soft" role="status">${fmt.number(work.done)} of ${fmt.number(work.total)}</p><//>`}
    <${Card} flush title="Newest first"><${Table} caption="Backups" from=${found} empty=${html`<${Empty} icon="archive" title="No backups yet">Back up all streamers now, or have it done by serve --backup-every.<//>`}
      columns=${[{ title: 'Streamer', wide: true, cell: (b) => (b.streamerId ? html`<a href="#/streamers/${b.streamer}">${b.streamer}</a>` : html`<${Badge}>registry<//>`) },
        { title: 'Made', cell: (b) => html`<${Time} at=${b.createdAt} />` }, { title: 'Size', number: true, hide: true, cell: (b) => fmt.bytes(b.bytes) },
        { title: 'Verified', hide: true, cell: (b) => html`<${Time} at=${b.verifiedAt} />` }, { title: 'Proven', hide: true, cell: (b) => html`<${Time} at=${b.provenAt} />` }]}
      actions=${(b) => html`<${Button} small onClick=${verify(b)}>Verify<//>`} /><//>`;
}
