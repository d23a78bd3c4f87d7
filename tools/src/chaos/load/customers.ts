import { setTimeout as delay } from 'node:timers/promises';

import type { Answer, Client } from '../client.js';
import type { Ledger, SentMessage, TurnAnswer } from '../ledger.js';
import type { Random } from '../random.js';
import { markerOf } from './marker.js';

export interface Tenant {
  readonly name: string;
  readonly apiKey: string;
}

export interface CustomersOptions {
  readonly client: Client;
  readonly ledger: Ledger;
  readonly tenants: readonly Tenant[];
  readonly random: Random;
  /** Conversations at once. */
  readonly count: number;
  /** Between two messages of one customer. */
  readonly thinkMs: number;
  /** In how many of a hundred conversations a person is asked for. */
  readonly personPercent: number;
}

interface Talk {
  readonly tenant: Tenant;
  readonly conversationId: string;
  readonly random: Random;
  turns: number;
}

const LOOK_AGAIN_MS = 300;
const HUMAN_STATES = ['PENDING_HUMAN', 'HUMAN_ACTIVE'];
/** Longer than a person can be kept from a customer by any one fault. */
const PATIENCE_MS = 60_000;

/** Customers in seeded conversations: they repeat what nobody acknowledged, double-click, and type in bursts. */
export class Customers {
  private readonly talks = new Set<Promise<void>>();
  private readonly id = Date.now().toString(36);
  private started = 0;
  private stopped = false;

  constructor(private readonly options: CustomersOptions) {}

  start(): void {
    for (let place = 0; place < this.options.count; place += 1) this.begin();
  }

  /** Begins no conversation any more; resolves when those that run have come to their end. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.talks);
  }

  /** Many at once, each one message, sent until it is taken: more than there is room for. */
  async rush(count: number, text: string): Promise<SentMessage[]> {
    const talks = Array.from({ length: count }, () => this.newTalk());
    return Promise.all(
      talks.map(async (talk) => {
        const sent = this.write(talk, text);
        await this.untilKnown(talk, sent);
        return sent;
      }),
    );
  }

  /** One customer of the first tenant, and the time from the message to its answer. */
  async probe(): Promise<number> {
    const [tenant] = this.options.tenants as [Tenant];
    const talk = { ...this.newTalk(), tenant };
    const began = performance.now();
    await this.untilOver(talk, this.write(talk, 'hello'));
    return performance.now() - began;
  }

  private begin(): void {
    if (this.stopped) return;
    const talk = this.converse(this.newTalk()).finally(() => {
      this.talks.delete(talk);
      this.begin();
    });
    this.talks.add(talk);
  }

  private newTalk(): Talk {
    const number = (this.started += 1);
    const random = this.options.random.fork(String(number));
    const tenant = random.chance(0.1)
      ? (this.options.tenants.at(-1) as Tenant)
      : (this.options.tenants[0] as Tenant);
    return { tenant, conversationId: `c${this.id}-${number}`, random, turns: 0 };
  }

  private async converse(talk: Talk): Promise<void> {
    const { random } = talk;
    const length = random.int(1, 6);
    for (let step = 0; step < length && !this.stopped; step += 1) {
      await this.step(talk);
      await delay(random.int(0, this.options.thinkMs * 2));
    }
    if (random.next() * 100 < this.options.personPercent) await this.askForPerson(talk);
  }

  private async step(talk: Talk): Promise<void> {
    const kind = talk.random.next();
    if (kind < 0.04) await this.runAlone(talk);
    else if (kind < 0.15) await this.burst(talk, talk.random.int(2, 5));
    else if (kind < 0.3) await this.doubleClick(talk, talk.random.int(2, 10));
    else if (kind < 0.4) await this.otherBody(talk);
    else if (kind < 0.55) await this.untilOver(talk, this.write(talk, 'do it'));
    else await this.untilOver(talk, this.write(talk, 'hello'));
  }

  /** Several messages at once: they join one turn, or wait for the next. */
  private async burst(talk: Talk, count: number): Promise<void> {
    const sent = Array.from({ length: count }, () => this.write(talk, 'hello'));
    await Promise.all(sent.map((message) => this.untilOver(talk, message)));
  }

  /** The same message, at once, so many times: one turn. */
  private async doubleClick(talk: Talk, times: number): Promise<void> {
    const sent = this.write(talk, 'hello');
    await Promise.all(Array.from({ length: times }, () => this.post(talk, sent, 0)));
    await this.untilOver(talk, sent);
  }

  /** The same id with another body is refused, and changes nothing. */
  private async otherBody(talk: Talk): Promise<void> {
    const sent = this.write(talk, 'hello');
    await this.untilOver(talk, sent);
    const { ledger, client } = this.options;
    const answer = await client.post<{ type?: string }>(
      '/api/v1/hil/message',
      { ...bodyOf(sent), message: 'something else' },
      { token: talk.tenant.apiKey },
    );
    if (answer.knowledge === 'unknown' || answer.knowledge === 'refused') return;
    ledger.otherBodies += 1;
    if (answer.status !== 422)
      ledger.broken('I1', `${sent.conversationId}:${sent.turnId} with another body: ${answer.status}`);
  }

  /** A workflow without a conversation, asked for twice under one key: one run. */
  private async runAlone(talk: Talk): Promise<void> {
    const { client, ledger } = this.options;
    const key = `${talk.conversationId}-run-${(talk.turns += 1)}`;
    const body = { workflow_name: 'chaos_turn', input_data: { message: `hello ${talk.random.words(6)}` } };
    const runs = new Set<string>();
    for (let tries = 0; tries < 20 && runs.size < 2; tries += 1) {
      const { knowledge, body: run } = await client.post<{ run_id: string }>(
        '/api/v1/workflows/execute',
        body,
        { token: talk.tenant.apiKey, headers: { 'idempotency-key': key } },
      );
      if (knowledge !== 'done') {
        await delay(LOOK_AGAIN_MS);
        continue;
      }
      if (runs.has(run.run_id)) return;
      runs.add(run.run_id);
    }
    if (runs.size > 1) ledger.broken('I1', `${key} made the runs ${[...runs].join(' and ')}`);
  }

  /** Waits with a person, writes to them, and comes back to the AI afterwards. */
  private async askForPerson(talk: Talk): Promise<void> {
    const skill = talk.random.chance(0.3) ? ' billing' : '';
    await this.untilOver(talk, this.write(talk, `person please${skill}`));
    if (talk.random.chance(0.15)) {
      await this.options.client.post(
        `/api/v1/hil/cancel-handover/${talk.conversationId}`,
        {},
        {
          token: talk.tenant.apiKey,
        },
      );
    } else if (talk.random.chance(0.5)) {
      await this.untilOver(talk, this.write(talk, 'are you there'));
    }
    await this.untilAi(talk);
    if (!this.stopped) await this.untilOver(talk, this.write(talk, 'hello'));
  }

  private async untilAi(talk: Talk): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (performance.now() < deadline) {
      const { knowledge, body } = await this.options.client.get<{ state: string }>(
        `/api/v1/conversations/${talk.conversationId}`,
        { token: talk.tenant.apiKey },
      );
      if (knowledge === 'done' && !HUMAN_STATES.includes(body.state)) return;
      await delay(LOOK_AGAIN_MS * 3);
    }
  }

  private write(talk: Talk, kind: string): SentMessage {
    const turnId = `t-${(talk.turns += 1)}`;
    const { tenant, conversationId } = talk;
    const text = `${kind} ${markerOf(tenant.name, conversationId, turnId)} ${talk.random.words(6)}`;
    return this.options.ledger.send({ tenant: tenant.name, conversationId, turnId, sender: 'user', text });
  }

  /** Sends it again and again under its own id, until the turn it belongs to is over. */
  private async untilOver(talk: Talk, sent: SentMessage): Promise<void> {
    const deadline = performance.now() + 3 * PATIENCE_MS;
    while (sent.endedAs === undefined && sent.standing !== 'rejected' && performance.now() < deadline) {
      const { knowledge, retryAfterMs } = await this.post(talk, sent, 10);
      if (knowledge !== 'done') await delay(Math.max(LOOK_AGAIN_MS, Math.min(retryAfterMs, 2_000)));
    }
  }

  /** Sends it until somebody says what became of it. */
  private async untilKnown(talk: Talk, sent: SentMessage): Promise<void> {
    const deadline = performance.now() + 3 * PATIENCE_MS;
    while (sent.standing === 'unknown' && performance.now() < deadline) {
      const { knowledge, retryAfterMs } = await this.post(talk, sent, 0);
      if (knowledge !== 'done') await delay(Math.max(LOOK_AGAIN_MS, Math.min(retryAfterMs, 2_000)));
    }
  }

  private async post(talk: Talk, sent: SentMessage, wait: number): Promise<Answer<TurnAnswer>> {
    const { client, ledger } = this.options;
    const answer = await client.post<TurnAnswer>('/api/v1/hil/message', bodyOf(sent), {
      token: talk.tenant.apiKey,
      ...(wait > 0 && { headers: { prefer: `wait=${wait}` } }),
    });
    ledger.heard(sent, answer.knowledge, answer.status, answer.body);
    return answer;
  }
}

const bodyOf = ({ conversationId, turnId, text }: SentMessage) => ({
  conversation_id: conversationId,
  turn_id: turnId,
  message: text,
  sender_type: 'user',
});
