import { BusClient } from '@baton/bus';
import { llmRequests, type RequestContext, SYSTEM_ACTOR } from '@baton/contracts';
import type { RunningBaton } from '@baton/system';
import OpenAI from 'openai';

import { p50, p99 } from './stats.js';

const CONTEXT: RequestContext = { tenant_id: 'default', actor: SYSTEM_ACTOR, request_id: 'req_bench' };
const MESSAGES = [{ role: 'user' as const, content: 'Hello' }];
const MEGABYTE = 2 ** 20;

/** The router as its callers know it, beside the SDK that it calls itself. */
export class RouterBench {
  private readonly bus: BusClient;
  private readonly sdk: OpenAI;
  private calls = 0;

  constructor(
    private readonly baton: RunningBaton,
    modelUrl: string,
  ) {
    this.bus = new BusClient({ name: 'bench', url: baton.servers.nats.url });
    this.sdk = new OpenAI({ apiKey: 'bench', baseURL: `${modelUrl}/v1`, maxRetries: 0 });
  }

  /** Request → first token, by the SDK alone and through the router, taken in turns; milliseconds. */
  async firstToken(): Promise<{ direct: number; routed: number; routedP99: number; added: number }> {
    await this.bus.connection.ready();
    const direct: number[] = [];
    const routed: number[] = [];
    for (let index = 0; index < 400; index += 1) {
      const [one, other] = [await this.direct(), await this.routed()];
      // The first few pay for what is not warm yet.
      if (index < 100) continue;
      direct.push(one);
      routed.push(other);
    }
    return {
      direct: p50(direct),
      routed: p50(routed),
      routedP99: p99(routed),
      added: p50(routed) - p50(direct),
    };
  }

  /** A hundred answers that are written at once, again and again: what the router's heap holds after each round, in MB. */
  async hundredStreams(rounds = 8): Promise<{ heap: readonly number[]; growth: number }> {
    const heap: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(Array.from({ length: 100 }, () => this.routed('openai/paced', true)));
      heap.push(await this.heap());
    }
    // What varies is when garbage is collected: the lowest of each half is what is kept.
    const [early, late] = [heap.slice(0, rounds / 2), heap.slice(rounds / 2)];
    return { heap, growth: Math.min(...late) - Math.min(...early) };
  }

  async close(): Promise<void> {
    await this.bus.close();
  }

  private async direct(): Promise<number> {
    const began = performance.now();
    const stream = await this.sdk.chat.completions.create({
      model: 'instant',
      messages: MESSAGES,
      stream: true,
    });
    let first = Number.NaN;
    for await (const chunk of stream)
      if (Number.isNaN(first) && chunk.choices[0]?.delta.content) first = performance.now() - began;
    return first;
  }

  /** Until the first token, or until the whole answer. */
  private async routed(model = 'openai/instant', whole = false): Promise<number> {
    const call_id = `bench-router:${(this.calls += 1)}:${process.pid}`;
    const stream_to = `baton.run-delta.${call_id}`;
    let first = Number.NaN;
    const began = performance.now();
    const stop = this.bus.subscribe(stream_to, () => {
      if (Number.isNaN(first)) first = performance.now() - began;
    });
    await this.bus.request(
      llmRequests.complete,
      CONTEXT,
      { call_id, model, messages: MESSAGES, stream_to, timeout_ms: 60_000, origin: {} },
      { timeoutMs: 62_000 },
    );
    stop();
    return whole ? performance.now() - began : first;
  }

  private async heap(): Promise<number> {
    const page = await (await fetch(`${this.baton.services['llm-router'].url}/metrics`)).text();
    return Number(/^nodejs_heap_size_used_bytes\S* (\S+)/m.exec(page)?.[1]) / MEGABYTE;
  }
}

type Row = (what: string, value: string, bar: string) => void;

/** What the router costs, held against what it may. */
export const routerRows = async (baton: RunningBaton, modelUrl: string, row: Row): Promise<void> => {
  const bench = new RouterBench(baton, modelUrl);
  try {
    const { direct, routed, routedP99, added } = await bench.firstToken();
    row('first token by the SDK alone, p50', `${direct.toFixed(1)} ms`, '');
    row('first token through the router, p50 / p99', `${routed.toFixed(1)} / ${routedP99.toFixed(1)} ms`, '');
    row('  added, p50', `${added.toFixed(1)} ms`, 'under 10 ms');
    const { heap, growth } = await bench.hundredStreams();
    row('100 streams at once, 8 rounds: lowest heap of the router', `${Math.min(...heap).toFixed(0)} MB`, '');
    row(
      '  growth from the first four rounds to the last',
      `${growth.toFixed(0)} MB`,
      'under 50 MB, garbage and all',
    );
  } finally {
    await bench.close();
  }
};
