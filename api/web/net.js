// What goes to the server and comes back.

// Problem is an answer that is an error: a stable code to program against, a message for people
// and, of invalid_request, the field that it is about.
export class Problem extends Error {
  constructor(status, body = {}, retryAfter = 0) {
    super(message(status, body, retryAfter));
    this.status = status;
    this.code = body.code || 'unreachable';
    this.body = body;
    this.retryAfter = retryAfter;
    const named = this.code === 'invalid_request' && /^([A-Za-z][\w.]*) /.exec(body.detail || '');
    this.field = named ? named[1] : '';
  }
}

function message(status, body, retryAfter) {
  if (status === 0) return 'The server cannot be reached. Check the connection and try again.';
  if (status === 401) return 'You are signed out. Sign in again to go on.';
  if (status === 412) return 'Somebody has changed this meanwhile. Load it again before you save.';
  if (status === 429) return `Too many requests. Try again in ${retryAfter || 1} s.`;
  if (body.code === 'suspended' && body.reason) return `This channel is suspended: ${body.reason}`;
  return body.detail || body.title || `The server answered ${status}.`;
}

const signedOut = new Set();
let left = false; // signed out by hand: what is still under way need not say so

// onSignedOut calls back when an answer says that the sign-in has ended.
export function onSignedOut(call) {
  signedOut.add(call);
  return () => signedOut.delete(call);
}

const pause = (ms, signal) => new Promise((done, fail) => {
  const timer = setTimeout(done, ms);
  signal?.addEventListener('abort', () => { clearTimeout(timer); fail(signal.reason); }, { once: true });
});

// ask sends a request and returns the response when it is a success; else it throws a Problem. A
// server that is busy (503 with Retry-After: nothing was done) is asked again, three times.
async function ask(path, { method = 'GET', body, headers = {}, signal, quiet } = {}) {
  const init = { method, headers: { Accept: 'application/json', ...headers }, signal, credentials: 'same-origin', cache: 'no-store' };
  if (body instanceof Blob || body instanceof ArrayBuffer) init.body = body;
  else if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers['Content-Type'] = 'application/json';
  }
  for (let tries = 0; ; tries++) {
    let response;
    try {
      response = await fetch(path, init);
    } catch (e) {
      if (signal?.aborted) throw e;
      throw new Problem(0);
    }
    if (response.ok) return response;
    const after = Number(response.headers.get('Retry-After')) || 0;
    if (response.status === 503 && after > 0 && tries < 3) {
      await pause(1000 * Math.min(after, 5) * (0.75 + Math.random() / 2), signal);
      continue;
    }
    const problem = new Problem(response.status, await response.json().catch(() => ({})), after);
    if (problem.status === 401 && !quiet && !left) signedOut.forEach((call) => call(problem));
    throw problem;
  }
}

const read = async (response) => {
  if (response.status === 204) return null;
  const kind = response.headers.get('Content-Type') || '';
  return kind.includes('json') ? response.json() : response.blob();
};

// api asks the server: api(path, {method, body, headers, signal, quiet}) resolves to the JSON of
// the answer. quiet leaves a 401 to the caller.
export async function api(path, options) { return read(await ask(path, options)); }

api.get = (path, options) => api(path, options);
api.post = (path, body, options) => api(path, { ...options, method: 'POST', body });
api.put = (path, body, options) => api(path, { ...options, method: 'PUT', body });
api.patch = (path, body, options) => api(path, { ...options, method: 'PATCH', body });
api.delete = (path, options) => api(path, { ...options, method: 'DELETE' });

// api.points posts something that moves points, so that a repetition counts once.
api.points = (path, body, options) => api.post(path, body, { ...options, headers: { 'Idempotency-Key': crypto.randomUUID() } });

// api.tagged resolves to {data, etag}; api.save puts it back unless somebody else was faster.
api.tagged = async (path, options) => {
  const response = await ask(path, options);
  return { data: await response.json(), etag: response.headers.get('ETag') };
};
api.save = (path, body, etag, options) => api(path, { method: 'PUT', body, headers: etag ? { 'If-Match': etag } : {}, ...options });

// api.lines sends a request whose answer comes line by line: each progress goes to onProgress,
// the promise resolves to the result and fails with the Problem of the last line.
api.lines = async (path, onProgress, options) => {
  const response = await ask(path, options);
  let text = '', result;
  const take = (line) => {
    if (!line.trim()) return;
    const v = JSON.parse(line);
    if (v.error) throw new Problem(v.error.status, v.error);
    if ('result' in v) result = v.result;
    if ('progress' in v) onProgress(v.progress);
  };
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const parts = (text + value).split('\n');
    text = parts.pop();
    parts.forEach(take);
  }
  take(text);
  return result;
};

// api.all reads a list to its end, page by page, at most `most` items.
api.all = async (path, { most = 1000, ...options } = {}) => {
  const items = [];
  for (let cursor = ''; ;) {
    const at = `${path}${path.includes('?') ? '&' : '?'}limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const page = await api(at, options);
    items.push(...page.items);
    if (!page.next || items.length >= most) return items;
    cursor = page.next;
  }
};

// segment writes a name as one segment of a path.
export const segment = (text) => encodeURIComponent(text);

// signIns says what this browser is signed in for: {admin, channels, kick}; kick: whether
// streamers can sign in with Kick.
export const signIns = () => api('/login', { quiet: true });

// keyFromLink takes a key out of the address (#key=sv_...), so that it stays in no history.
export function keyFromLink() {
  const found = /^#key=(sv_[a-z]+_[\w-]+)$/.exec(location.hash);
  if (!found) return '';
  history.replaceState(history.state, '', location.pathname + location.search);
  return found[1];
}

// signIn trades a key for a cookie, and makes sure that the browser has kept it.
export async function signIn(key) {
  left = false;
  const opened = await api.post('/login', { key: key.trim() }, { quiet: true }).catch((e) => {
    throw e.status === 401 ? new Problem(401, {}) : e;
  });
  const now = await signIns();
  if (opened.admin ? now.admin : now.channels.includes(opened.streamer)) return opened;
  throw new Error('This browser did not keep the sign-in: open the page over https, or on the machine that serves it.');
}

export function signOut() {
  left = true;
  return api.post('/logout', undefined, { quiet: true });
}
