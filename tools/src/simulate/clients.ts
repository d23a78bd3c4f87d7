import {
  type Actor,
  BatonError,
  conversationRequests,
  isBatonError,
  type OfferView,
  type Page,
  type Replayable,
  staffRequests,
  type TurnView,
} from '@baton/contracts';

import { type RequestLike, SimulatedBus } from './bus.js';
import type { Ledger } from './ledger.js';
import type { World } from './world.js';

const KEY: Actor = { type: 'api_key', id: 'key_1' };
const CUSTOMER_STOPS_AFTER_MS = 45_000;

/** What people outside do: they keep asking until they know, and write down what they were told. */
export class Clients {
  private readonly bus: SimulatedBus;
  private requests = 0;
  private messages = 0;
  private isClosing = false;
  /** Conversations that somebody of the staff is busy with. */
  private readonly helping = new Set<string>();
  /** Work of clients that is not over. */
  busy = 0;

  constructor(
    private readonly world: World,
    private readonly ledger: Ledger,
    private readonly size: { readonly conversations: number; readonly agents: number },
  ) {
    this.bus = new SimulatedBus(world.network, world.process('gateway'), 'gateway');
  }

  start(): void {
    const { random } = this.world.kernel;
    for (let agent = 1; agent <= this.size.agents; agent += 1)
      this.run(() => this.staffMember(`agent${agent}`));
    for (let at = 1; at <= this.size.conversations; at += 1)
      this.world.kernel.after(random.between(0, 8000), null, () => this.run(() => this.customer(`c${at}`)));
  }

  /** Nobody begins anything new; staff finish what is there. */
  close(): void {
    this.isClosing = true;
  }

  private run(work: () => Promise<void>): void {
    this.busy += 1;
    void work()
      .catch((error: unknown) => this.world.kernel.fail(error))
      .finally(() => (this.busy -= 1));
  }

  private async customer(id: string): Promise<void> {
    const { kernel } = this.world;
    const until = kernel.nowMs + CUSTOMER_STOPS_AFTER_MS;
    while (!this.isClosing && kernel.nowMs < until) {
      const burst = kernel.random.pick([1, 1, 1, 2, 3]);
      const said = Array.from({ length: burst }, () => this.say(id));
      await Promise.all(said);
      await this.pause(kernel.random.pick([200, 1500, 4000, 9000]));
    }
  }

  /** Says one thing, and asks what became of it; a careful front-end: the same turn id until there is an answer. */
  private async say(conversation_id: string): Promise<void> {
    const { random } = this.world.kernel;
    this.messages += 1;
    const word = random.pick(['hello', 'hello', 'hello', 'buy', 'buy', 'person']);
    const message = `${word} ${this.messages}`;
    const turn_id = `t-${this.messages}`;
    const body = { conversation_id, turn_id, message, sender_type: 'user' as const };
    const send = (): Promise<unknown> =>
      this.until<Replayable<TurnView>>(conversationRequests.receiveMessage, body, KEY, (answer) =>
        this.ledger.accepted({ conversation_id, turn_id, message }, answer.result),
      );
    this.ledger.said({ conversation_id, turn_id, message });
    // A double click: the same message twice at once.
    await Promise.all(random.chance(0.15) ? [send(), send()] : [send()]);
    await this.pause(random.between(100, 3000));
    const look = { conversation_id, turn_id };
    for (let times = random.between(0, 2); times > 0; times -= 1) {
      const seen = await this.once<TurnView>(conversationRequests.turn, look, KEY);
      if (seen) this.ledger.read({ conversation_id, turn_id }, seen);
      await this.pause(random.between(50, 2000));
    }
  }

  private async staffMember(agent_id: string): Promise<void> {
    const { kernel } = this.world;
    const me: Actor = { type: 'human_agent', id: agent_id, role: 'agent' };
    const max_concurrent = kernel.random.between(1, 3);
    this.ledger.capacity.set(agent_id, max_concurrent);
    const profile = { agent_id, name: agent_id, max_concurrent };
    await this.until(staffRequests.registerAgent, profile, { ...KEY, role: 'admin' });
    await this.until(staffRequests.setPresence, { agent_id, status: 'ONLINE' }, me);
    for (;;) {
      await this.pause(kernel.random.between(200, 1500));
      if (!this.isClosing && kernel.random.chance(0.02))
        await this.until(staffRequests.setPresence, { agent_id, status: 'AWAY' }, me);
      else if (kernel.random.chance(0.3))
        await this.until(staffRequests.setPresence, { agent_id, status: 'ONLINE' }, me);
      const offers = await this.once<Page<OfferView>>(staffRequests.listOffers, { agent_id, limit: 20 }, me);
      for (const offer of offers?.items ?? []) await this.answer(me, offer);
      // The desk shows what is theirs, also where the answer to their acceptance never came.
      for (const id of this.assignedTo(agent_id)) this.run(() => this.help(me, id));
      if (this.isClosing && this.ledger.isQuiet) return;
    }
  }

  private async answer(me: Actor, { offer_id, conversation_id }: OfferView): Promise<void> {
    const { random } = this.world.kernel;
    if (!this.isClosing && random.chance(0.1)) {
      await this.until(staffRequests.declineOffer, { offer_id }, me);
      return;
    }
    if (!this.isClosing && random.chance(0.15)) return;
    const accepted = await this.until(staffRequests.acceptOffer, { offer_id }, me);
    if (accepted && !this.helping.has(conversation_id)) this.run(() => this.help(me, conversation_id));
  }

  private assignedTo(agentId: string): string[] {
    return this.world.databases.orchestrator.log
      .rows('conversations')
      .filter((row) => row['state'] === 'HUMAN_ACTIVE' && row['assigned_agent_id'] === agentId)
      .map((row) => String(row['conversation_id']))
      .filter((id) => !this.helping.has(id));
  }

  private async help(me: Actor, conversation_id: string): Promise<void> {
    this.helping.add(conversation_id);
    await this.helpOut(me, conversation_id).finally(() => this.helping.delete(conversation_id));
  }

  private async helpOut(me: Actor, conversation_id: string): Promise<void> {
    const { random } = this.world.kernel;
    await this.pause(random.between(100, 3000));
    await this.speak(me, conversation_id);
    await this.pause(random.between(100, 3000));
    const ways = [
      () => this.until(conversationRequests.resolve, { conversation_id, outcome: 'RESOLVED' }, me),
      () =>
        this.until(
          conversationRequests.resolve,
          { conversation_id, outcome: 'BACK_TO_AI', continue: random.chance(0.5) },
          me,
        ),
      () => this.until(conversationRequests.release, { conversation_id }, me),
    ];
    await (this.isClosing ? ways[0] : random.pick(ways))?.();
    // It is not theirs any more: what they still say must not reach the customer.
    if (random.chance(0.5)) await this.speak(me, conversation_id);
  }

  private async speak(me: Actor, conversation_id: string): Promise<void> {
    this.messages += 1;
    const turn_id = `h-${this.messages}`;
    const body = {
      conversation_id,
      turn_id,
      message: `human ${this.messages}`,
      sender_type: 'human_agent' as const,
    };
    const sent = await this.until<Replayable<TurnView>>(conversationRequests.receiveMessage, body, me);
    if (sent) this.ledger.spoken(me.id, conversation_id, turn_id);
  }

  /** Until it is known: what may have been done is asked for again with the same key. Undefined where it was refused. */
  private async until<T>(
    definition: RequestLike,
    body: unknown,
    actor: Actor,
    onDone?: (answer: T) => void,
  ): Promise<T | undefined> {
    this.requests += 1;
    const key = `k-${this.requests}`;
    const idempotency = { key, route: definition.pattern, caller: actor.id, body_hash: JSON.stringify(body) };
    for (let tries = 1; ; tries += 1) {
      try {
        const answer = (await this.bus.request(definition, this.context(actor, idempotency), body)) as T;
        onDone?.(answer);
        return answer;
      } catch (error) {
        if (!isUnknown(error)) return this.refused(definition, error);
        this.ledger.unknowns += 1;
        await this.pause(Math.min(3000, 100 * 2 ** tries) * this.world.kernel.random.next());
      }
    }
  }

  private async once<T>(definition: RequestLike, body: unknown, actor: Actor): Promise<T | undefined> {
    try {
      return (await this.bus.request(definition, this.context(actor), body)) as T;
    } catch (error) {
      return this.refused(definition, error);
    }
  }

  /** A refusal is an answer; what is no BatonError, or `internal`, is a fault of the system. */
  private refused(definition: RequestLike, error: unknown): undefined {
    if (!isBatonError(error) || error.code === 'internal')
      this.ledger.breach('client', `${definition.pattern}: ${(error as Error).message}`);
    else this.ledger.refusals.set(error.code, (this.ledger.refusals.get(error.code) ?? 0) + 1);
    return undefined;
  }

  private context(actor: Actor, idempotency?: object): object {
    this.requests += 1;
    return {
      tenant_id: 'acme',
      actor,
      request_id: `req_${this.requests}`,
      ...(idempotency && { idempotency }),
    };
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.world.kernel.after(ms, null, resolve));
  }
}

const isUnknown = (error: unknown): boolean =>
  error instanceof BatonError && (error.retryable || error.code === 'deadline-exceeded');
