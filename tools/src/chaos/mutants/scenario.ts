import type { ServiceProcess } from '@baton/system';
import { waitFor } from '@baton/testkit';

import type { Answer, Client } from '../client.js';
import type { Ledger, SentMessage, TurnAnswer } from '../ledger.js';
import { markerOf } from '../load/marker.js';
import type { ChaosSystem } from '../system.js';

const SOON_MS = 60_000;

/** A short story that surely hurts a system without its safeguard, and never one that has it. */
export interface Scenario {
  readonly name: string;
  readonly play: (stage: Stage) => Promise<void>;
  /** How long it may take until everything rests; what is stuck then is stuck. */
  readonly restMs: number;
}

/** What a scenario does things with. */
export class Stage {
  constructor(
    readonly system: ChaosSystem,
    readonly client: Client,
    readonly ledger: Ledger,
  ) {}

  get orchestrators(): ServiceProcess[] {
    return this.system.services.filter(({ name }) => name === 'orchestrator');
  }

  service(name: string): ServiceProcess {
    const service = this.system.services.find((each) => each.name === name);
    if (!service) throw new Error(`There is no ${name}`);
    return service;
  }

  write(conversationId: string, turnId: string, kind = 'hello'): SentMessage {
    const text = `${kind} ${markerOf('default', conversationId, turnId)}`;
    return this.ledger.send({ tenant: 'default', conversationId, turnId, sender: 'user', text });
  }

  async post(sent: SentMessage, wait = 0): Promise<Answer<TurnAnswer>> {
    const answer = await this.client.post<TurnAnswer>(
      '/api/v1/hil/message',
      {
        conversation_id: sent.conversationId,
        turn_id: sent.turnId,
        message: sent.text,
        sender_type: 'user',
      },
      wait > 0 ? { headers: { prefer: `wait=${wait}` } } : {},
    );
    this.ledger.heard(sent, answer.knowledge, answer.status, answer.body);
    return answer;
  }

  /** Sends it until it is taken. */
  accepted(sent: SentMessage): Promise<unknown> {
    return this.until(`${sent.conversationId} to be accepted`, async () => {
      if (sent.standing !== 'acknowledged') await this.post(sent);
      return sent.standing === 'acknowledged';
    });
  }

  /** Sends it until its turn is over. */
  answered(sent: SentMessage): Promise<unknown> {
    return this.until(`${sent.conversationId} to be answered`, async () => {
      if (sent.endedAs === undefined) await this.post(sent, 5);
      return sent.endedAs !== undefined;
    });
  }

  state(conversationId: string, state: string): Promise<unknown> {
    return this.until(`${conversationId} to be ${state}`, async () => {
      const { body } = await this.client.get<{ state?: string } | null>(
        `/api/v1/conversations/${conversationId}`,
      );
      return body?.state === state;
    });
  }

  /** Arms each of these processes, and waits until one of them, or so many, was hit. */
  async hitAt(
    setting: string,
    processes: readonly ServiceProcess[],
    during: () => Promise<unknown>,
    count = 1,
  ) {
    const point = setting.slice(setting.indexOf('=') + 1);
    const armed = processes.map((service) => ({ service, pid: service.pid }));
    for (const { service } of armed) this.system.arm(service, setting);
    await during();
    const hit = () =>
      armed.filter(({ pid }) => this.system.notes(pid, 'hit').some((line) => line.startsWith(`${point} `)));
    await this.until(`${count} at ${point}`, () => hit().length >= count);
    return hit();
  }

  until(what: string, condition: () => boolean | Promise<boolean>): Promise<unknown> {
    return waitFor(condition, { what, timeoutMs: SOON_MS, everyMs: 50 });
  }
}
