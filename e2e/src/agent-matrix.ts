import type { AgentTypeView, Page, RunView } from '@baton/contracts';

import type { Api } from './api.js';

/** What one agent type is asked in every mode, and what it says then. */
export interface AgentCase {
  /** The node's settings, as a workflow and `POST /api/v1/agents/{type}/execute` both know them. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly message: string;
  /** Of the node's result: what a workflow replies with. */
  readonly field: string;
  readonly says: RegExp;
  /** Where the offline model can't do it, it gives it to a person. */
  readonly needsServedModel?: true;
}

const HANDED_OVER = 'handed over';

export const AGENT_CASES: Readonly<Record<string, AgentCase>> = {
  simple: {
    settings: {
      prompt: 'How does the customer feel? {{ input.message }}',
      output: {
        type: 'object',
        required: ['sentiment'],
        properties: { sentiment: { enum: ['positive', 'negative'] } },
      },
    },
    message: 'This is terrible, I am really angry and disappointed!',
    field: 'sentiment',
    says: /^negative$/,
  },
  reasoning: {
    settings: { tools: ['knowledge.search'], max_steps: 4 },
    message: 'How long do I have to return an item?',
    field: 'text',
    says: /30 days/,
  },
  code: {
    settings: { max_steps: 4 },
    message: 'What is 1234 times 5678, to the digit?',
    field: 'text',
    says: /7006652/,
    needsServedModel: true,
  },
};

const MODES: Readonly<Record<string, (api: Api, type: string, agent: AgentCase) => Promise<unknown>>> = {
  'by itself': async (api, type, { settings, message, field }) => {
    const body = { ...settings, input: message };
    const { output, sink } = await ended(api, `/api/v1/agents/${type}/execute`, body);
    if (sink === 'HANDOVER') return HANDED_OVER;
    return field === 'text' ? output : (output as Record<string, unknown>)[field];
  },
  standalone: async (api, type, agent) => {
    const definition = workflowOf(type, agent);
    const input_data = { message: agent.message };
    const { output, sink } = await ended(api, '/api/v1/workflows/execute', { definition, input_data });
    return sink === 'HANDOVER' ? HANDED_OVER : output;
  },
  'in a conversation': async (api, type, agent) => {
    const name = `matrix_${type}`;
    const yaml = { 'content-type': 'application/yaml' };
    await api.call('PUT', `/api/v1/workflows/${name}`, workflowOf(type, agent), yaml);
    const { body } = await api.say(`matrix-${type}`, agent.message, { body: { workflow_name: name } });
    return body.state === 'PENDING_HUMAN' ? HANDED_OVER : body.reply?.content;
  },
};

/** JSON is YAML. */
const workflowOf = (type: string, { settings, field }: AgentCase): string =>
  JSON.stringify({
    name: `matrix_${type}`,
    nodes: {
      work: { type: 'agent', agent: type, ...settings },
      done: { type: 'sink', sink: 'FINISH', needs: ['work'], reply: `{{ nodes.work.${field} }}` },
    },
    hil_config: { enabled: true, handover_triggers: ['agent_decision'] },
  });

const ended = async (api: Api, path: string, body: unknown): Promise<RunView> => {
  const { status, body: run } = await api.post<RunView>(path, body);
  if (status !== 200 || run.status !== 'COMPLETED') throw new Error(JSON.stringify(run));
  return run;
};

/** What every agent type there is says in every mode; a type without a case is an error. */
export const playMatrix = async (
  api: Api,
  model: 'offline' | 'served',
): Promise<readonly (readonly [string, unknown, RegExp])[]> => {
  const { body } = await api.get<Page<AgentTypeView>>('/api/v1/agents');
  const cells: (readonly [string, unknown, RegExp])[] = [];
  for (const { type } of body.items.filter(({ available }) => available)) {
    const agent = AGENT_CASES[type];
    if (!agent) throw new Error(`The matrix has no case for the ${type} agent`);
    for (const [mode, play] of Object.entries(MODES))
      cells.push([
        `${type} ${mode}`,
        await play(api, type, agent),
        agent.needsServedModel && model === 'offline' ? new RegExp(HANDED_OVER) : agent.says,
      ]);
  }
  return cells;
};
