import { readFileSync } from 'node:fs';

import { WebSocket } from 'ws';

import type { RunningBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';

import { cpuPerOperation, type CpuTimes, cpuTimes } from './cpu-times.js';
import type { Http } from './http.js';
import type { RawPostgres } from './postgres.js';
import { atRate, inParallel, p50, p99 } from './stats.js';

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}
const both = (samples: readonly number[]): Percentiles => ({ p50: p50(samples), p99: p99(samples) });

/**
 * Turns accepted a second in a burst of new conversations, and the CPU that each costs until all that follows it is
 * done: published, heard, looked at.
 */
export const acceptBurst = async (
  http: Http,
  postgres: RawPostgres,
  baton: RunningBaton,
): Promise<{ perSecond: number; cpu: CpuTimes }> => {
  const count = 6000;
  const say = async (index: number, name: string): Promise<void> =>
    void (await http.say(`${name}-${index}`, 't', 'bench_burst'));
  await inParallel(1500, 64, (index) => say(index, 'warm'));
  await outboxEmpty(postgres);
  const before = cpuTimes(baton);
  const seconds = await inParallel(count, 64, (index) => say(index, 'burst'));
  await outboxEmpty(postgres);
  return { perSecond: count / seconds, cpu: cpuPerOperation(before, cpuTimes(baton), count) };
};

const outboxEmpty = (postgres: RawPostgres): Promise<unknown> =>
  waitFor(async () => (await postgres.count('SELECT count(*) FROM orchestrator.outbox')) === 0, {
    what: 'an empty outbox',
    timeoutMs: 120_000,
  });

/** Turns completed a second, memory writes included, with so many customers who each wait for their answer. */
export const sustained = async (
  http: Http,
  postgres: RawPostgres,
  baton: RunningBaton,
): Promise<{
  perSecond: number;
  commitsPerTurn: number;
  requestsPerTurn: number;
  eventsPerTurn: number;
  cpu: CpuTimes;
}> => {
  const count = 4000;
  await inParallel(300, 100, async (index) => void (await http.say(`warm2-${index}`, 't', 'bench_turn', 60)));
  const remembered = `SELECT count(*) FROM memory_worker.events WHERE type = 'memory.turn_remembered' AND stream_id LIKE 'sus-%'`;
  const bus = await busCounts(baton);
  const commits = await postgres.commits();
  const cpu = cpuTimes(baton);
  const began = performance.now();
  await inParallel(count, 100, async (index) => void (await http.say(`sus-${index}`, 't', 'bench_turn', 60)));
  await waitFor(async () => (await postgres.count(remembered)) >= count, {
    what: 'every memory',
    timeoutMs: 120_000,
  });
  const seconds = (performance.now() - began) / 1000;
  const cpuAfter = cpuTimes(baton);
  // PostgreSQL's own counters come with a little delay.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const after = await busCounts(baton);
  return {
    perSecond: count / seconds,
    commitsPerTurn: ((await postgres.commits()) - commits) / count,
    requestsPerTurn: (after.requests - bus.requests) / count,
    eventsPerTurn: (after.events - bus.events) / count,
    cpu: cpuPerOperation(cpu, cpuAfter, count),
  };
};

interface BusCounts {
  readonly requests: number;
  readonly events: number;
}

/** Requests between services and events published so far, by the services' own metrics. */
const busCounts = async (baton: RunningBaton): Promise<BusCounts> => {
  const pages = await Promise.all(
    Object.values(baton.services).map(async (service) => (await fetch(`${service.url}/metrics`)).text()),
  );
  const sum = (series: RegExp): number =>
    pages.flatMap((page) => [...page.matchAll(series)]).reduce((total, match) => total + Number(match[1]), 0);
  return {
    requests: sum(/^baton_requests_sent_seconds_count(?:\{[^}]*\})? (\d+)/gm),
    events: sum(/^baton_outbox_published_total(?:\{[^}]*\})? (\d+)/gm),
  };
};

/** HTTP request → answer, at 50 turns a second. */
export const acceptLatency = async (http: Http): Promise<Percentiles> => {
  const samples: number[] = [];
  await atRate(50, 20, async (index) => {
    const began = performance.now();
    await http.say(`accept-${index}`, 't', 'bench_turn');
    samples.push(performance.now() - began);
  });
  return both(samples);
};

/** The end of the quiet window → the first token on the customer's stream, at 50 turns a second. */
export const firstToken = async (http: Http): Promise<Percentiles> => {
  const samples: number[] = [];
  await atRate(50, 20, async (index) => {
    const id = `token-${index}`;
    await http.say(id, 't', 'bench_stream');
    let due = Number.NaN;
    const stream = http.events(`/api/v1/conversations/${id}/events`, (event, data) => {
      if (event === 'conversation.message_received')
        due = Date.parse((JSON.parse(data) as { data: { due_at: string } }).data.due_at);
      const spoken = event === 'delta' || event === 'conversation.turn_completed';
      if (spoken) samples.push(Date.now() - due);
      return spoken;
    });
    await stream.done;
  });
  return both(samples);
};

/** `handed_over` in the log → the offer on the agent's socket, at 50 handovers a second. */
export const offerLatency = async (http: Http, url: string): Promise<Percentiles> => {
  const agents = 20;
  const rate = 50;
  const seconds = 20;
  for (let index = 0; index < agents; index += 1) {
    await http.must('POST', '/api/v1/human-agents', {
      agent_id: `bench-${index}`,
      name: `Bench ${index}`,
      max_concurrent: 100,
    });
    await http.must('PUT', `/api/v1/human-agents/bench-${index}/presence`, { status: 'ONLINE' });
  }
  const offered = new Map<string, number>();
  const { ticket } = (await http.must('POST', '/api/v1/ws-tickets')) as { ticket: string };
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/staff?ticket=${ticket}`);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.on('message', (data: Buffer) => {
    const notification = JSON.parse(data.toString()) as { type: string; data: { conversation_id: string } };
    if (notification.type === 'offer.created') offered.set(notification.data.conversation_id, Date.now());
  });
  await atRate(
    rate,
    seconds,
    async (index) => void (await http.say(`offer-${index}`, 't', 'bench_handover')),
  );
  await waitFor(() => offered.size >= rate * seconds, { what: 'every offer', timeoutMs: 60_000 });
  socket.close();
  const samples: number[] = [];
  for (const [id, at] of offered) {
    const { items } = (await http.must('GET', `/api/v1/conversations/${id}/events`)) as {
      items: { type: string; occurred_at: string }[];
    };
    const handedOver = items.find((event) => event.type === 'conversation.handed_over');
    if (handedOver) samples.push(at - Date.parse(handedOver.occurred_at));
  }
  return both(samples);
};

/** A five-step run, in milliseconds. */
export const fiveSteps = async (http: Http): Promise<number> => {
  const samples: number[] = [];
  for (let index = 0; index < 150; index += 1) {
    const began = performance.now();
    await http.must('POST', '/api/v1/workflows/execute', {
      workflow_name: 'bench_five_steps',
      input_data: { message: 'x' },
    });
    if (index >= 50) samples.push(performance.now() - began);
  }
  return p50(samples);
};

/**
 * The same turn in a conversation of 10 events and in one of 10,000, taken in turns; milliseconds each. Neither is the
 * first of its conversation: a first turn asks for no memory.
 */
export const longConversation = async (
  http: Http,
  postgres: RawPostgres,
): Promise<{ short: number; long: number; events: number }> => {
  const turn = async (id: string, index: number): Promise<number> => {
    const began = performance.now();
    await http.say(id, `t-${index}`, 'bench_plain', 30);
    return performance.now() - began;
  };
  const pairs = 60;
  // The first few pay for what is not warm yet.
  const unmeasured = 10;
  const earlierTurns = 2;
  await turn('long', 0);
  for (let pair = 0; pair < pairs; pair += 1)
    for (let index = 0; index < earlierTurns; index += 1) await turn(`short-${pair}`, index);
  await http.must('POST', '/api/v1/hil/handover/long', {});
  const version = async (): Promise<number> =>
    ((await http.must('GET', '/api/v1/conversations/long')) as { version: number }).version;
  // While a human is awaited each message is two events and no turn of the AI.
  for (let from = 0; (await version()) < 10_000; from += 500)
    await inParallel(
      500,
      16,
      async (index) => void (await http.say('long', `m-${from + index}`, 'bench_plain')),
    );
  await http.must('POST', '/api/v1/hil/resolve/long', { outcome: 'RESOLVED' });
  const events = await version();
  // What follows those turns is done before anything is measured beside it.
  const { turn_count } = (await http.must('GET', '/api/v1/conversations/long')) as { turn_count: number };
  await waitFor(
    async () =>
      (await postgres.count(
        `SELECT count(*) FROM memory_worker.events WHERE type = 'memory.turn_remembered'
            AND (stream_id = 'long' OR stream_id LIKE 'short-%')`,
      )) >=
      turn_count + pairs * earlierTurns,
    { what: 'the memory of these conversations', timeoutMs: 300_000 },
  );
  const short: number[] = [];
  const long: number[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const shortTurn = await turn(`short-${pair}`, earlierTurns);
    const longTurn = await turn('long', 1 + pair);
    if (pair < unmeasured) continue;
    short.push(shortTurn);
    long.push(longTurn);
  }
  return { short: p50(short), long: p50(long), events };
};

/** Resident memory of the five services, what they started included, in MB. */
export const idleMemory = (baton: RunningBaton): Record<string, number> =>
  Object.fromEntries(
    Object.entries(baton.services).map(([name, service]) => [name, residentKb(service.pid) / 1024]),
  );

const residentKb = (pid: number): number => {
  const own = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean);
  return children.reduce((sum, child) => sum + residentKb(Number(child)), Number(own));
};
