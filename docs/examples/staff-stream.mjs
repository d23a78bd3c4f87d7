// Prints what staff are told, one JSON line each, and misses nothing: node staff-stream.mjs
// BATON_URLS: the gateways, comma-separated; BATON_TOKEN: an API key with the scope staff, or a staff token.
const gateways = (process.env.BATON_URLS ?? 'http://127.0.0.1:3000').split(',');
const token = process.env.BATON_TOKEN ?? 'dev-key';
let cursor;
let failures = 0;

const connect = async (gateway) => {
  const answer = await fetch(`${gateway}/api/v1/ws-tickets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(5000),
  });
  if (!answer.ok) throw new Error(`No ticket: ${answer.status}`);
  const { ticket } = await answer.json();
  const url = new URL('/ws/staff', gateway.replace(/^http/, 'ws'));
  url.searchParams.set('ticket', ticket);
  if (cursor !== undefined) url.searchParams.set('cursor', cursor);
  const socket = new WebSocket(url);
  await new Promise((resolve) => {
    socket.onopen = () => console.error(`open ${gateway}`);
    socket.onmessage = ({ data }) => {
      const notification = JSON.parse(data);
      failures = 0;
      // What was missed is gone: read GET /api/v1/queue, /offers and /conversations anew.
      if (notification.type === 'cursor.expired') console.error('expired');
      else console.log(data);
      cursor = notification.id;
    };
    socket.onclose = ({ code, reason }) => resolve(console.error(`closed ${code} ${reason}`));
    socket.onerror = () => resolve();
  });
};

for (let attempt = 0; ; attempt += 1) {
  try {
    await connect(gateways[attempt % gateways.length]);
  } catch (error) {
    console.error(String(error));
  }
  // Not all at once: when a gateway restarts, every desk is looking for another one.
  const wait = Math.min(100 * 2 ** failures, 5000) * (0.5 + Math.random() / 2);
  failures += 1;
  await new Promise((resolve) => setTimeout(resolve, wait));
}
