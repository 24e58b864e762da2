// grid reads a layout as a streamer has stored it, whatever is in it: numbers are brought into
// range, what makes no sense is left out.
const whole = (n, least, most, otherwise) => (Number.isFinite(n) ? Math.min(most, Math.max(least, Math.floor(n))) : otherwise);

const object = (o) => (o && typeof o === 'object' && !Array.isArray(o) ? o : {});

const mostAreas = 100;

export function grid(layout) {
  const l = object(layout), g = object(l.grid);
  const size = { width: whole(l.width, 100, 7680, 1920), height: whole(l.height, 100, 4320, 1080) };
  const rows = whole(g.rows, 1, 100, 12), columns = whole(g.columns, 1, 100, 16);
  const gap = whole(g.gap, 0, 200, 16), padding = whole(g.padding, 0, 400, 16);
  const wide = (size.width - 2 * padding - gap * (columns - 1)) / columns, high = (size.height - 2 * padding - gap * (rows - 1)) / rows;
  const areas = [];
  for (const [i, one] of (Array.isArray(l.components) ? l.components.slice(0, mostAreas) : []).entries()) {
    const c = object(one), p = object(c.gridPosition);
    const row = whole(p.row, 0, rows - 1, 0), column = whole(p.column, 0, columns - 1, 0);
    const rowSpan = whole(p.rowSpan, 1, rows - row, 1), colSpan = whole(p.colSpan, 1, columns - column, 1);
    areas.push({
      id: `${i} ${typeof c.id === 'string' ? c.id : ''}`, type: typeof c.type === 'string' ? c.type : 'empty', settings: object(c.settings),
      width: colSpan * wide + (colSpan - 1) * gap, height: rowSpan * high + (rowSpan - 1) * gap,
      place: { gridArea: `${row + 1} / ${column + 1} / span ${rowSpan} / span ${colSpan}` },
    });
  }
  return {
    size, areas, rows, columns,
    style: { width: `${size.width}px`, height: `${size.height}px`, padding: `${padding}px`, gap: `${gap}px`,
      gridTemplate: `repeat(${rows}, minmax(0, 1fr)) / repeat(${columns}, minmax(0, 1fr))` },
  };
}
