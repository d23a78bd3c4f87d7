import type { RunEvent } from '@baton/contracts';
import fc from 'fast-check';

import { effectTool, nodeScope, readTool } from '../../tool/testing/node-scope.fixture.js';
import { type ActionRequest, ApprovalNeeded } from '../../tool/approval-needed.js';
import { MemoryJournal } from '../../tool/testing/memory-journal.fixture.js';
import { type Tool, ToolError } from '../../tool/tool.js';
import type { AgentResult } from '../agent.js';
import { agentCall, agentPorts } from '../testing/agent-call.fixture.js';
import { type ScriptedAnswer, ScriptedModel } from '../testing/scripted-model.fixture.js';
import { reasoningAgent } from './reasoning-agent.js';

/** Everything that outlives a process: the log, the router with what it was paid for, and what tools did. */
class World {
  readonly log: RunEvent[] = [];
  readonly effects = new Map<string, unknown>();
  readonly model: ScriptedModel;
  private step = 0;
  private isDead = false;

  /** @param crashes numbers of the steps at which the process dies */
  constructor(
    script: readonly ScriptedAnswer[],
    private readonly crashes: ReadonlySet<number> = new Set(),
  ) {
    this.model = new ScriptedModel(script);
    this.model.beforeAnswer = () => this.pass();
    this.model.afterAnswer = () => this.pass();
  }

  /** Lives and dies until the agent has come to its end. */
  async live(): Promise<AgentResult | ActionRequest> {
    for (;;) {
      this.isDead = false;
      try {
        const result = await this.process(this.log);
        // What a dead process still made of it, nobody hears.
        if (!this.isDead) return result;
      } catch (error) {
        if (!this.isDead) throw error;
      }
    }
  }

  /** One worker that finds this log. */
  process(log: RunEvent[]): Promise<AgentResult | ActionRequest> {
    const journal = new MemoryJournal(log);
    journal.beforeAppend = () => this.pass();
    const scope = nodeScope({ journal, tools: ['orders.lookup', 'notes.write', 'orders.refund'] });
    return reasoningAgent
      .run(agentCall({ scope, maxSteps: 6 }), agentPorts(this.model, this.tools()))
      .catch((error: unknown) => {
        // It stands still there, whoever plays it.
        if (error instanceof ApprovalNeeded) return error.request;
        throw error;
      });
  }

  private tools(): Tool[] {
    return [
      readTool({
        name: 'orders.lookup',
        run: async (args) => {
          this.pass();
          await Promise.resolve();
          if (args['id'] === 3) throw new ToolError('not-found', 'There is no order 3');
          return { id: args['id'], status: 'shipped' };
        },
      }),
      effectTool({
        name: 'notes.write',
        run: async (args, { idempotencyKey }) => {
          this.pass();
          await Promise.resolve();
          if (args['id'] === 3) throw new ToolError('full', 'No more notes');
          const first = this.effects.get(idempotencyKey) ?? {
            written: args['id'],
            number: this.effects.size,
          };
          this.effects.set(idempotencyKey, first);
          this.pass();
          return first;
        },
      }),
      effectTool({ name: 'orders.refund', riskTier: 'HIGH', run: () => Promise.reject(new Error('gated')) }),
    ];
  }

  /** Dead processes do nothing more. */
  private pass(): void {
    this.step += 1;
    if (this.crashes.has(this.step)) this.isDead = true;
    if (this.isDead) throw new Error('kill -9');
  }
}

const id = fc.integer({ min: 1, max: 3 });
const work = fc.record({
  id: fc.constantFrom('a', 'b', ''),
  name: fc.constantFrom('orders.lookup', 'orders.lookup', 'notes.write', 'notes.write', 'nobody.knows'),
  args: fc.oneof(
    { weight: 9, arbitrary: fc.record({ id }) },
    { weight: 1, arbitrary: fc.constant('not JSON') },
  ),
});
const act = fc.record({
  text: fc.constantFrom('', 'I look.'),
  tool_calls: fc.array(work, { minLength: 1, maxLength: 4 }),
});
const oddity = fc.constantFrom<ScriptedAnswer>(
  { text: '' },
  { text: 'Well, well', stop_reason: 'length' },
  { tool_calls: [{ name: 'finish', args: { reply: '' } }] },
  {
    tool_calls: [
      { name: 'orders.refund', args: { amount: 900 } },
      { name: 'orders.lookup', args: { id: 1 } },
    ],
  },
);
const end = fc.constantFrom<ScriptedAnswer>(
  { text: 'Plainly so.' },
  { text: 'No.', stop_reason: 'refusal' },
  { tool_calls: [{ name: 'finish', args: { reply: 'Done.', confidence: 0.9 } }] },
  { tool_calls: [{ name: 'conversation.handover', args: { reason: 'explicit_request' } }] },
);
const script = fc
  .tuple(
    fc.array(fc.oneof({ weight: 4, arbitrary: act }, { weight: 1, arbitrary: oddity }), { maxLength: 5 }),
    end,
  )
  // An agent that is told off goes on asking; the end is there for each of its steps.
  .map(([acts, last]): ScriptedAnswer[] => [...acts, ...Array.from({ length: 6 }, () => last)]);

const paidIds = (world: World): string[] => world.model.paid.map(({ call_id }) => call_id);
const keysOf = (events: readonly RunEvent[]): string[] =>
  events.map(({ type, data }) => {
    const { iteration, call_id } = data as { iteration?: number; call_id?: string };
    return `${type} ${iteration ?? call_id}`;
  });

describe('a reasoning agent whose process dies', () => {
  it('at any moments comes to the same result, each model call and each side effect once', async () => {
    const moments = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(script, moments, async (answers, crashes) => {
        const undisturbed = new World(answers);
        const expected = await undisturbed.live();
        const disturbed = new World(answers, new Set(crashes));
        const result = await disturbed.live();

        expect(result).toEqual(expected);
        expect(paidIds(disturbed)).toEqual(paidIds(undisturbed));
        expect([...disturbed.effects]).toEqual([...undisturbed.effects]);
        expect(new Set(keysOf(disturbed.log)).size).toBe(disturbed.log.length);
      }),
      { numRuns: 500 },
    );
  });

  it('goes on from any prefix of its log as if nothing had been', async () => {
    await fc.assert(
      fc.asyncProperty(script, async (answers) => {
        const world = new World(answers);
        const expected = await world.live();
        const [paid, effects, whole] = [paidIds(world), [...world.effects], [...world.log]];

        for (let length = 0; length <= whole.length; length += 1) {
          const result = await world.process(whole.slice(0, length));
          expect(result).toEqual(expected);
          expect(paidIds(world)).toEqual(paid);
          expect([...world.effects]).toEqual(effects);
        }
      }),
      { numRuns: 150 },
    );
  });
});
