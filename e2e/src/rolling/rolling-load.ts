import type { RunView } from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { answerTo, question } from './answering-model.js';
import type { Api } from '../api.js';
import type { Caller } from './caller.js';

/** Each so-manieth turn of a customer takes longer than a service may take to end. */
const LONG_EVERY = 9;
const PATIENCE_MS = 120_000;
export const AGENT = 'ana';
export const ANSWERS = 'rolling';
export const TO_A_PERSON = 'rolling_person';

export interface Asked {
  readonly conversationId: string;
  readonly id: string;
}

/** Customers who ask one question after another, and callers of runs; all of them until told to stop. */
export class RollingLoad {
  readonly asked: Asked[] = [];
  readonly runs: string[] = [];
  readonly persons: string[] = [];
  /** Answers to a caller that are not what was asked for. */
  readonly wrong: string[] = [];
  private readonly loops: Promise<void>[] = [];
  private stopped = false;

  /** @param agent the view of {@link AGENT}, who is online */
  constructor(
    private readonly caller: Caller,
    private readonly agent: Api,
  ) {}

  start(customers: number): void {
    for (let n = 1; n <= customers; n += 1) this.loop((turn) => this.ask(`customer-${n}`, n, turn));
    this.loop((turn) => this.execute(turn));
    this.loop((turn) => this.askForPerson(turn));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.loops);
  }

  private loop(step: (turn: number) => Promise<void>): void {
    const run = async (): Promise<void> => {
      for (let turn = 1; !this.stopped; turn += 1) {
        await step(turn);
      }
    };
    // One failure is enough: who goes on after it hammers on what is broken.
    this.loops.push(run().catch((error: unknown) => void this.wrong.push(String(error))));
  }

  private async ask(conversationId: string, n: number, turn: number): Promise<void> {
    const id = `${conversationId}_${turn}`;
    const isLong = (turn + n) % LONG_EVERY === 0;
    this.asked.push({ conversationId, id });
    const { status, body } = await this.caller.say(conversationId, question(id, { isLong }), { turnId: id });
    // 202: the gateway ended before the turn did; it is accepted, and its outcome is read.
    if (status !== 200 && status !== 202) throw new Error(`${id}: ${status} ${JSON.stringify(body)}`);
    if (status === 200 && body.reply?.content !== answerTo(id))
      throw new Error(`${id}: ${JSON.stringify(body)}`);
    if (status === 202) await this.caller.state(conversationId, 'FINISHED', PATIENCE_MS);
  }

  private async execute(turn: number): Promise<void> {
    const id = `run_${turn}`;
    const isLong = turn % LONG_EVERY === 0;
    const { status, body } = await this.caller.post<RunView>('/api/v1/workflows/execute', {
      workflow_name: ANSWERS,
      input_data: { message: question(id, { isLong }) },
    });
    if (status !== 200 && status !== 202) throw new Error(`${id}: ${status}`);
    this.runs.push(body.run_id);
    const ended = await waitFor(
      async () => {
        const { body: run } = await this.caller.get<RunView>(`/api/v1/runs/${body.run_id}`);
        return run.status !== 'RUNNING' && run;
      },
      { what: `${body.run_id} to end`, timeoutMs: PATIENCE_MS, everyMs: 200 },
    );
    if (ended.status !== 'COMPLETED' || !JSON.stringify(ended.output).includes(answerTo(id)))
      throw new Error(`${id}: ${JSON.stringify(ended)}`);
  }

  /** A person is asked for, is offered the conversation, takes it and ends it: the queue's whole way. */
  private async askForPerson(turn: number): Promise<void> {
    const id = `person-${turn}`;
    const { status, body } = await this.caller.say(id, question(id), {
      turnId: id,
      body: { workflow_name: TO_A_PERSON },
    });
    if (status !== 200 && status !== 202) throw new Error(`${id}: ${status} ${JSON.stringify(body)}`);
    this.persons.push(id);
    const { offer_id } = await this.agent.offer(AGENT, id, PATIENCE_MS);
    const accepted = await this.agent.post(`/api/v1/offers/${offer_id}/accept`);
    if (accepted.status !== 200) throw new Error(`${id}: not accepted, ${accepted.status}`);
    const resolved = await this.agent.post(`/api/v1/hil/resolve/${id}`, { outcome: 'RESOLVED' });
    if (resolved.status !== 200) throw new Error(`${id}: not resolved, ${resolved.status}`);
  }
}
