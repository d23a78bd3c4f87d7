import { MemoryJournal } from '../tool/testing/memory-journal.fixture.js';
import { effectTool, nodeScope, readTool } from '../tool/testing/node-scope.fixture.js';
import type { Agent, AgentCall } from './agent.js';
import { reasoningAgent } from './reasoning/reasoning-agent.js';
import { simpleAgent } from './simple/simple-agent.js';
import { agentCall, agentPorts } from './testing/agent-call.fixture.js';
import { calls, finish, type ScriptStep, ScriptedModel } from './testing/scripted-model.fixture.js';

const SAID = 'You can return it within 30 days.';

describe('an agent whose answer says what was said before', () => {
  let journal: MemoryJournal;
  let effects: number;
  beforeEach(() => {
    journal = new MemoryJournal();
    effects = 0;
  });

  const tools = [
    readTool({ name: 'knowledge.search', run: () => Promise.resolve({ passages: [PASSAGE] }) }),
    effectTool({ name: 'notes.write', run: () => Promise.resolve((effects += 1)) }),
  ];
  /** Answers, and answers again. */
  const twice = async (agent: Agent, script: readonly ScriptStep[], info: { tool_calls?: boolean } = {}) => {
    const model = new ScriptedModel(script, info);
    const call = (more: Partial<AgentCall> = {}): AgentCall =>
      agentCall({ scope: nodeScope({ journal, tools: tools.map(({ name }) => name) }), ...more });
    const first = await agent.run(call(), agentPorts(model, tools));
    const thoughts = journal.thoughts('answer').length;
    const refused = { text: first.text, thoughts, reply: first.text, kind: 'exact' as const };
    const second = await agent.run(call({ refused }), agentPorts(model, tools));
    model.verify();
    return { first, second, asked: model.paid };
  };

  it.each([
    ['simple', simpleAgent, [{ text: SAID }, { text: 'It is free.' }], {}],
    ['reasoning, in words', reasoningAgent, [{ text: SAID }, { text: 'It is free.' }], {}],
    ['reasoning, by finish', reasoningAgent, [finish(SAID), finish('It is free.')], {}],
    [
      'reasoning, on a model without tools',
      reasoningAgent,
      [{ text: SAID }, { text: 'It is free.' }],
      { tool_calls: false },
    ],
  ] as const)('is asked again behind it, with that said: %s', async (_name, agent, script, info) => {
    const { second, asked } = await twice(agent, script, info);
    expect(second).toMatchObject({ sink: 'FINISH', text: 'It is free.' });
    const [opening, again] = asked.map(({ messages }) => messages);
    // All that the first answer was asked with is there again, and behind it the answer and why it will not do.
    expect(again?.slice(0, opening?.length)).toEqual(opening);
    expect(JSON.stringify(again?.slice(opening?.length))).toContain(SAID);
    expect(again?.at(-1)).toMatchObject({
      role: 'user',
      content: expect.stringContaining('Do not repeat it'),
    });
    expect(new Set(asked.map(({ call_id }) => call_id)).size).toBe(asked.length);
  });

  it('keeps what it did: no tool runs again, and every call of a tool has its result', async () => {
    const { second, asked } = await twice(reasoningAgent, [
      calls({ name: 'notes.write', args: {} }),
      finish(SAID),
      finish('I noted it.'),
    ]);
    expect(second.text).toBe('I noted it.');
    expect(effects).toBe(1);
    const messages = asked.at(-1)?.messages ?? [];
    const called = messages.flatMap((each) => (each.role === 'assistant' ? (each.tool_calls ?? []) : []));
    const answered = messages.flatMap((each) => (each.role === 'tool' ? [each.tool_call_id] : []));
    expect(answered).toEqual(called.map(({ id }) => id));
    expect(second.usage).toMatchObject({ input_tokens: 30 });
  });

  it('may hand over instead', async () => {
    const { second } = await twice(reasoningAgent, [
      finish(SAID),
      calls({
        name: 'conversation.handover',
        args: { reason: 'agent_decision', note: 'I have said it all' },
      }),
    ]);
    expect(second).toMatchObject({ sink: 'HANDOVER', note: 'I have said it all' });
  });

  it('has one more step for it than it had for the first answer', async () => {
    const model = new ScriptedModel([finish(SAID), finish('It is free.')]);
    const scope = nodeScope({ journal, tools: [] });
    await reasoningAgent.run(agentCall({ scope, maxSteps: 1 }), agentPorts(model, tools));
    const refused = { text: SAID, thoughts: 1, reply: SAID, kind: 'near' as const };
    const again = await reasoningAgent.run(
      agentCall({ scope, maxSteps: 1, refused }),
      agentPorts(model, tools),
    );
    expect(again.text).toBe('It is free.');
    model.verify();
  });
});

const PASSAGE = { id: 'returns#1', title: 'Returns', content: SAID, score: 0.9 };
