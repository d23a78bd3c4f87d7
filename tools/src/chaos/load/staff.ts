import { setTimeout as delay } from 'node:timers/promises';

import { type Client, type Answer } from '../client.js';
import type { Ledger, TurnAnswer } from '../ledger.js';
import type { Random } from '../random.js';
import { markerOf } from './marker.js';
import type { Tenant } from './customers.js';

export interface Agent {
  readonly id: string;
  readonly skills: Readonly<Record<string, number>>;
  readonly maxConcurrent: number;
  token: string;
}

interface Offer {
  readonly offer_id: string;
  readonly conversation_id: string;
}
interface Listed<T> {
  readonly items: readonly T[];
}

const LOOK_EVERY_MS = 500;
const TRIES = 40;

/** Simulated staff of one tenant: they accept, write, resolve, hand back, double-click, and write when it is too late. */
export class Staff {
  readonly agents: Agent[] = [];
  /** While set, everyone is away and takes nothing. */
  isAway = false;
  private readonly busy = new Set<string>();
  private readonly working = new Set<Promise<unknown>>();
  private stopped = false;
  private turns = 0;

  constructor(
    private readonly client: Client,
    private readonly ledger: Ledger,
    readonly tenant: Tenant,
    private readonly random: Random,
  ) {}

  async hire(count: number): Promise<void> {
    for (let number = 0; number < count; number += 1) {
      const skills: Record<string, number> = number % 2 === 0 ? { billing: 3 } : {};
      const agent = { id: `agent-${number}`, skills, maxConcurrent: 4, token: '' };
      await this.must('POST', '/api/v1/human-agents', {
        agent_id: agent.id,
        name: agent.id,
        skills,
        max_concurrent: agent.maxConcurrent,
      });
      agent.token = (
        await this.must<{ token: string }>('POST', `/api/v1/human-agents/${agent.id}/token`, {})
      ).token;
      await this.present(agent, 'ONLINE');
      this.agents.push(agent);
    }
  }

  start(): void {
    for (const agent of this.agents) this.track(this.work(agent));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.working);
  }

  /** Everyone leaves and comes back. */
  async flap(): Promise<void> {
    this.isAway = true;
    await Promise.all(this.agents.map((agent) => this.present(agent, 'OFFLINE')));
    this.isAway = false;
    await Promise.all(this.agents.map((agent) => this.present(agent, 'ONLINE')));
  }

  present(agent: Agent, status: 'ONLINE' | 'OFFLINE'): Promise<unknown> {
    return this.client.call('PUT', `/api/v1/human-agents/${agent.id}/presence`, { status }, this.as(agent));
  }

  private async work(agent: Agent): Promise<void> {
    for (let look = 0; !this.stopped; look += 1) {
      // A missed offer, or a presence that was lost with its caller, is no reason to stay away.
      if (look % 10 === 0 && !this.isAway) await this.present(agent, 'ONLINE');
      await this.takeOffers(agent);
      await this.serveAll(agent);
      await delay(LOOK_EVERY_MS);
    }
  }

  private async takeOffers(agent: Agent): Promise<void> {
    const { knowledge, body } = await this.client.get<Listed<Offer>>(
      `/api/v1/offers?agent_id=${agent.id}`,
      this.as(agent),
    );
    if (knowledge !== 'done') return;
    await Promise.all(body.items.map((offer) => this.accept(agent, offer)));
  }

  /** Sometimes twice at once, and sometimes somebody tries whom it was not offered to. */
  private async accept(agent: Agent, { offer_id }: Offer): Promise<void> {
    const path = `/api/v1/offers/${offer_id}/accept`;
    const clicks = this.random.chance(0.3) ? 2 : 1;
    const other = this.random.pick(this.agents);
    const [answers, stolen] = await Promise.all([
      Promise.all(Array.from({ length: clicks }, () => this.client.post(path, {}, this.as(agent)))),
      other !== agent && this.random.chance(0.2)
        ? this.client.post(path, {}, this.as(other))
        : Promise.resolve(undefined),
    ]);
    if (stolen?.knowledge === 'done')
      this.ledger.broken('I6', `${other.id} accepted ${offer_id}, which was offered to ${agent.id}`);
    await delay(answers.some(({ knowledge }) => knowledge === 'done') ? 0 : LOOK_EVERY_MS);
  }

  private async serveAll(agent: Agent): Promise<void> {
    const { knowledge, body } = await this.client.get<Listed<{ conversation_id: string }>>(
      `/api/v1/conversations?state=HUMAN_ACTIVE&assigned_agent_id=${agent.id}&limit=50`,
      { token: this.tenant.apiKey },
    );
    if (knowledge !== 'done') return;
    for (const { conversation_id } of body.items) {
      if (this.busy.has(conversation_id)) continue;
      this.busy.add(conversation_id);
      this.track(this.serve(agent, conversation_id).finally(() => this.busy.delete(conversation_id)));
    }
  }

  private async serve(agent: Agent, conversationId: string): Promise<void> {
    await this.write(agent, conversationId);
    await delay(this.random.int(0, 500));
    const end = this.random.next();
    if (end < 0.1) await this.end(agent, `/api/v1/hil/release/${conversationId}`, {});
    else if (end < 0.2)
      await this.end(agent, `/api/v1/hil/transfer/${conversationId}`, { note: 'for another' });
    else {
      const back = end < 0.6;
      await this.end(agent, `/api/v1/hil/resolve/${conversationId}`, {
        outcome: back ? 'BACK_TO_AI' : 'RESOLVED',
        ...(back && { guidance: 'be kind', continue: this.random.chance(0.5) }),
      });
    }
    await this.writeTooLate(agent, conversationId);
  }

  /** A message of the human, under one id until it is taken or refused. */
  private async write(agent: Agent, conversationId: string): Promise<void> {
    const turnId = `h-${agent.id}-${(this.turns += 1)}`;
    const text = `I am here ${markerOf(this.tenant.name, conversationId, turnId)}`;
    const sent = this.ledger.send({
      tenant: this.tenant.name,
      conversationId,
      turnId,
      sender: 'human_agent',
      text,
    });
    for (let tries = 0; tries < TRIES && sent.standing === 'unknown'; tries += 1) {
      const answer = await this.post(agent, conversationId, turnId, text);
      this.ledger.heard(sent, answer.knowledge, answer.status, answer.body);
      if (sent.standing === 'unknown' && answer.knowledge === 'rejected') return;
      if (sent.standing === 'unknown') await delay(LOOK_EVERY_MS);
    }
  }

  /** Whoever gave it away has no say any more. */
  private async writeTooLate(agent: Agent, conversationId: string): Promise<void> {
    const { body: before, knowledge: known } = await this.client.get<{ assigned_agent_id: string | null }>(
      `/api/v1/conversations/${conversationId}`,
      { token: this.tenant.apiKey },
    );
    // It may have come back to the same person, rightly.
    if (known !== 'done' || before.assigned_agent_id === agent.id) return;
    const turnId = `late-${agent.id}-${(this.turns += 1)}`;
    const { knowledge } = await this.post(agent, conversationId, turnId, 'too late');
    this.ledger.staleWrites += 1;
    if (knowledge === 'done') this.ledger.staleWritesTaken += 1;
  }

  private post(
    agent: Agent,
    conversationId: string,
    turnId: string,
    message: string,
  ): Promise<Answer<TurnAnswer>> {
    return this.client.post<TurnAnswer>(
      '/api/v1/hil/message',
      { conversation_id: conversationId, turn_id: turnId, message, sender_type: 'human_agent' },
      this.as(agent),
    );
  }

  /** Under one idempotency key until it is known. */
  private async end(agent: Agent, path: string, body: unknown): Promise<void> {
    const key = `end-${agent.id}-${(this.turns += 1)}`;
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { knowledge } = await this.client.post(path, body, {
        ...this.as(agent),
        headers: { 'idempotency-key': key },
      });
      if (knowledge === 'done' || knowledge === 'rejected') return;
      await delay(LOOK_EVERY_MS);
    }
  }

  private as(agent: Agent): { readonly token: string } {
    return { token: agent.token };
  }

  private async must<T>(method: string, path: string, body: unknown): Promise<T> {
    const answer = await this.client.call<T>(method, path, body, { token: this.tenant.apiKey });
    if (answer.knowledge !== 'done') throw new Error(`${method} ${path}: ${answer.status}`);
    return answer.body;
  }

  private track(work: Promise<unknown>): void {
    this.working.add(work);
    void work.finally(() => this.working.delete(work));
  }
}
