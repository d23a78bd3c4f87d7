import { BatonError } from '@baton/contracts';

import { nodeScope, readTool } from '../../tool/testing/node-scope.fixture.js';
import { MemoryJournal } from '../../tool/testing/memory-journal.fixture.js';
import type { Tool } from '../../tool/tool.js';
import type { AgentCall } from '../agent.js';
import { agentCall, agentContext, agentPorts } from '../testing/agent-call.fixture.js';
import { type ScriptStep, ScriptedModel } from '../testing/scripted-model.fixture.js';
import { reasoningAgent } from './reasoning-agent.js';

const passages = [
  { id: 'returns#1', title: 'Returns', content: 'Within 30 days.', score: 0.91 },
  { id: 'returns#2', title: 'Refunds', content: 'Within a week.', score: 0.4 },
];

describe('a reasoning agent on a model without tool calls', () => {
  let journal: MemoryJournal;
  let searches: unknown[];
  let model: ScriptedModel;
  beforeEach(() => {
    journal = new MemoryJournal();
    searches = [];
  });
  afterEach(() => model.verify());

  const run = (
    script: readonly ScriptStep[],
    given: Partial<AgentCall> = {},
    search: () => Promise<unknown> = () => Promise.resolve({ passages }),
  ) => {
    model = new ScriptedModel(script, { tool_calls: false, offline: true });
    const tool: Tool = readTool({
      name: 'knowledge.search',
      run: (args) => {
        searches.push(args);
        return search();
      },
    });
    const scope = nodeScope({ journal, tools: ['orders.lookup'] });
    return reasoningAgent.run(
      agentCall({ question: 'Can I return it?', scope, ...given }),
      agentPorts(model, [tool]),
    );
  };

  it('answers from what knowledge has on the question, as sure as the model is', async () => {
    const result = await run([{ text: 'Within 30 days.', confidence: 0.88 }]);

    expect(result).toMatchObject({
      sink: 'FINISH',
      text: 'Within 30 days.',
      confidence: 0.88,
      tried: [{ tool: 'knowledge.search', outcome: '2 passages, the best is "Returns" with 0.91' }],
      steps: [
        { thought: 'Within 30 days.', actions: [{ tool: 'knowledge.search', observation: { passages } }] },
      ],
    });
    expect(searches).toEqual([{ query: 'Can I return it?' }]);
    expect(model.paid).toMatchObject([
      { call_id: 'run_1:answer:1:1', question: 'Can I return it?', documents: passages },
    ]);
    expect(model.paid[0]).not.toHaveProperty('tools');
  });

  it('keeps search and thought for the end of the step: they cost no commit', async () => {
    await run([{ text: 'Yes.', confidence: 0.8 }]);

    expect(journal.durable).toEqual([]);
    expect(journal.waiting.map(({ type }) => type)).toEqual(['run.tool_finished', 'run.agent_thought']);
  });

  it('leaves it to the confidence whether an unsure answer stands', async () => {
    expect(await run([{ text: 'Perhaps.', confidence: 0.1 }])).toMatchObject({
      sink: 'FINISH',
      confidence: 0.1,
    });
  });

  it('hands over where no passage was found', async () => {
    const incapable = new BatonError('model-incapable', 'The offline model cannot do this');
    expect(await run([incapable], {}, () => Promise.resolve({ passages: [] }))).toMatchObject({
      sink: 'HANDOVER',
      reason: 'agent_decision',
      note: 'No passage of the knowledge base fits the question',
      tried: [{ tool: 'knowledge.search', outcome: 'nothing found' }],
    });
  });

  it('greets back, for which no passage is needed', async () => {
    const greeting = { text: 'Hello! What can I help you with?', confidence: 0.95 };
    expect(
      await run([greeting], { question: 'hello' }, () => Promise.resolve({ passages: [] })),
    ).toMatchObject({
      sink: 'FINISH',
      ...greeting,
    });
  });

  it('hands over what the model can not do', async () => {
    const result = await run([new BatonError('model-incapable', 'The offline model cannot do this')]);
    expect(result).toMatchObject({
      sink: 'HANDOVER',
      note: 'The offline model cannot do this',
      tried: [{ tool: 'knowledge.search' }],
    });
  });

  it('can answer from the guidance of people, which stands before everything that was found', async () => {
    const context = agentContext({ guidance: 'Returns are free until Friday.' });
    await run([{ text: 'Until Friday.', confidence: 0.9 }], { context });

    expect(model.paid[0]?.documents).toEqual([
      {
        id: 'guidance',
        title: 'Guidance from our team',
        content: 'Returns are free until Friday.',
        score: 1,
      },
      ...passages,
    ]);
  });

  it('asks with guidance alone where nothing was found', async () => {
    const context = agentContext({ guidance: 'Returns are free until Friday.' });
    const result = await run([{ text: 'Until Friday.', confidence: 0.9 }], { context }, () =>
      Promise.resolve({ passages: [] }),
    );
    expect(result.sink).toBe('FINISH');
  });

  it('does not take a search that could not be made for an empty one: the next try searches again', async () => {
    let isDown = true;
    const search = () =>
      isDown
        ? Promise.reject(new BatonError('unavailable', 'Memory is down'))
        : Promise.resolve({ passages });
    await expect(run([], {}, search)).rejects.toMatchObject({ code: 'unavailable' });

    isDown = false;
    expect(await run([{ text: 'Yes.', confidence: 0.8 }], { retryTry: 2 }, search)).toMatchObject({
      sink: 'FINISH',
    });
  });

  it('gives the fields of a schema beside the answer in words', async () => {
    const outputSchema = { type: 'object', properties: { intent: { enum: ['return'] } } };
    const result = await run(
      [{ text: 'Within 30 days.', confidence: 0.8 }, { output: { intent: 'return' } }],
      {
        outputSchema,
      },
    );

    expect(result).toMatchObject({ text: 'Within 30 days.', confidence: 0.8, fields: { intent: 'return' } });
    expect(model.paid.map(({ call_id, output_schema }) => [call_id, output_schema !== undefined])).toEqual([
      ['run_1:answer:1:1', false],
      ['run_1:answer:2:1', true],
    ]);
  });

  it('asks nothing twice when it goes on behind a crash', async () => {
    const first = await run([{ text: 'Within 30 days.', confidence: 0.88 }]);
    journal = new MemoryJournal([...journal.everything]);
    const again = await run([]);

    expect(again).toEqual(first);
    expect(searches).toHaveLength(1);
  });
});
