import { html, useEffect, useLayoutEffect, useRef, useState, live } from '/assets/core.js';
import { channel } from '/assets/channel.js';
import { Stage, reduce, blank } from '/assets/stage.js';

// Preview is the overlay with what is on it at this moment, in a layout or theme that may not be
// saved yet.
export function Preview({ layout, theme }) {
  const box = useRef();
  const [state, setState] = useState(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const line = live(channel, { on: (m) => setState((s) => ({ ...reduce(s || blank, m), channel })) });
    return () => line.close();
  }, []);
  useLayoutEffect(() => {
    const watch = new ResizeObserver(() => setWidth(box.current?.clientWidth || 0));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, []);
  return html`<div class="preview" ref=${box} role="img" aria-label="The overlay as it would look">${state && width > 0 && html`<${Stage} preview layout=${layout} theme=${theme} state=${state} width=${width} />`}</div>`;
}
