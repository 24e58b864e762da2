import { useState, useLayoutEffect } from '/assets/preact-htm.js';

const kept = new Map();
addEventListener('beforeunload', (e) => { if (kept.size) e.preventDefault(); });

// useDraft is something that is changed until it is saved: {draft, set, dirty, saved}. What is not
// saved yet is still there when its section is left and entered again, and who leaves the page is
// asked first. key says what it is a draft of, and of which version; saved() ends it.
export function useDraft(key, stored) {
  const [draft, set] = useState(() => kept.get(key) ?? stored);
  const dirty = JSON.stringify(draft) !== JSON.stringify(stored);
  useLayoutEffect(() => { // at once: the section may be left in the next moment
    if (dirty) kept.set(key, draft);
    else kept.delete(key);
  }, [key, draft, dirty]);
  return { draft, set, dirty, saved: () => kept.delete(key) };
}
