import { WebSocket } from 'ws';

import { startBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';

import { Http } from './http.js';
import { inParallel, p50, p99 } from './stats.js';

const SOCKETS = 2000;
const BROADCASTS = 100;
const EVERY_MS = 100;

export interface Broadcast {
  readonly sockets: number;
  readonly delivered: number;
  readonly expected: number;
  /** From the request that changed something to the frame at a socket, over all sockets and broadcasts. */
  readonly p50: number;
  readonly p99: number;
}

/** So many desks on one gateway; an agent's presence changes ten times a second, and each desk is told each time. */
export const broadcast = async (http: Http, url: string): Promise<Broadcast> => {
  await http.must('POST', '/api/v1/human-agents', { agent_id: 'bench_broadcast', name: 'Broadcast' });
  const sent: number[] = [];
  const samples: number[] = [];
  const sockets: WebSocket[] = [];
  const hear = (frame: Buffer, heard: { count: number }): void => {
    const { type, data } = JSON.parse(frame.toString()) as {
      type: string;
      data: { agent_id?: string };
    };
    if (type !== 'presence.changed' || data.agent_id !== 'bench_broadcast') return;
    const at = sent[heard.count];
    heard.count += 1;
    if (at !== undefined) samples.push(performance.now() - at);
  };
  try {
    await inParallel(SOCKETS, 32, async () => {
      const { ticket } = (await http.must('POST', '/api/v1/ws-tickets')) as { ticket: string };
      const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/staff?ticket=${ticket}`);
      const heard = { count: 0 };
      socket.on('message', (frame: Buffer) => hear(frame, heard));
      await new Promise<void>((resolve, reject) => {
        socket.once('open', resolve);
        socket.once('error', reject);
      });
      sockets.push(socket);
    });
    for (let index = 0; index < BROADCASTS; index += 1) {
      const began = performance.now();
      sent.push(began);
      const status = index % 2 === 0 ? 'ONLINE' : 'AWAY';
      await http.must('PUT', '/api/v1/human-agents/bench_broadcast/presence', { status });
      const left = EVERY_MS - (performance.now() - began);
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    }
    const expected = SOCKETS * BROADCASTS;
    await waitFor(() => samples.length === expected, { what: 'every desk to be told', timeoutMs: 60_000 });
    return {
      sockets: sockets.length,
      delivered: samples.length,
      expected,
      p50: p50(samples),
      p99: p99(samples),
    };
  } finally {
    for (const socket of sockets) socket.terminate();
  }
};

/** The rows of `npm run bench`. */
export const broadcastRows = async (
  http: Http,
  url: string,
  row: (what: string, value: string, bar: string) => void,
): Promise<void> => {
  const told = await broadcast(http, url);
  const times = `${told.p50.toFixed(1)} / ${told.p99.toFixed(1)} ms`;
  row(`a broadcast to ${told.sockets} sockets of one gateway, p50 / p99`, times, 'p99 under 500 ms');
  row('  frames delivered', `${told.delivered} of ${told.expected}`, 'all');
};

/** Alone: `node tools/dist/bench/broadcast.js`. */
const alone = async (): Promise<void> => {
  const baton = await startBaton({
    env: { BATON_RATE_LIMIT_REQUESTS_PER_SECOND: '1000000', LOG_LEVEL: 'warn' },
  });
  const http = new Http(baton.url, baton.apiKey);
  try {
    await broadcastRows(http, baton.url, (...parts) => void process.stdout.write(`${parts.join('   ')}\n`));
  } finally {
    http.close();
    await baton.stop();
  }
};
if (import.meta.main) await alone();
