// live follows a channel: on(message) gets {type, number, data}, a snapshot first, then changes.
// It takes up where it was, after pauses that grow to half a minute and differ between followers,
// and tells state('open' | 'waiting'). close() ends it.
export function live(channel, { key = '', on, state = () => {} }) {
  const base = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/${channel}/api/events`;
  let socket, timer, last = 0, failures = 0, closed = false, seen = Date.now();

  function open() {
    const query = new URLSearchParams();
    if (key) query.set('key', key);
    if (last) query.set('since', last);
    const text = query.toString();
    const mine = socket = new WebSocket(text ? `${base}?${text}` : base);
    mine.onmessage = (event) => {
      if (mine !== socket) return;
      const message = JSON.parse(event.data);
      failures = 0;
      last = message.number;
      on(message);
    };
    mine.onopen = () => state('open');
    mine.onclose = () => { if (mine === socket) again(); };
  }

  function again() {
    if (closed) return;
    state('waiting');
    const longest = Math.min(30_000, 500 * 2 ** failures++);
    clearTimeout(timer);
    timer = setTimeout(open, longest / 2 + Math.random() * longest / 2);
  }

  function renew() {
    if (closed) return;
    clearTimeout(timer);
    const old = socket;
    socket = undefined;
    hangUp(old);
    open();
  }

  // A machine that slept has a connection that only looks alive.
  const watch = setInterval(() => {
    const now = Date.now();
    if (now - seen > 90_000) renew();
    seen = now;
  }, 30_000);
  addEventListener('online', renew);
  open();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(watch);
      removeEventListener('online', renew);
      hangUp(socket);
    },
  };
}

// hangUp closes a connection, one that is not there yet as soon as it is: browsers complain of
// others.
function hangUp(socket) {
  if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
  else socket?.close();
}
