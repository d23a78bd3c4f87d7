import { BatonError } from '@baton/contracts';

import type { Sandbox, SandboxFile } from '../../sandbox/sandbox.js';
import type { ToolOutcome } from '../../tool/tool-outcome.js';
import type { Agent, AgentPorts, AgentResult } from '../agent.js';
import { handedOver, NOWHERE } from '../agent-result.js';
import { chatHistory } from '../prompt/chat-history.js';
import { bareContext, fitCall } from '../prompt/fit-call.js';
import { type LoopHabits, ReactLoop } from '../reasoning/react-loop.js';
import { Transcript } from '../reasoning/transcript.js';
import { codePrompt } from './code-prompt.js';
import { codeRunTool } from './code-run.tool.js';
import { OwnTools } from './own-tools.js';
import { inPlainWords, readFencedProgram, readPlainAnswer } from './plain-words.js';
import { filesOf, reportedFile } from './run-report.js';

/**
 * Writes a program, runs it in the sandbox, looks at what came of it and improves it, until it answers or hands over.
 * The loop is the reasoning agent's, and so are its journal, its limits and its decisions; what is its own is the
 * tool. Where no sandbox can run it fails with `sandbox-unavailable`: no program is ever run anywhere else.
 */
export const codeAgent: Agent = {
  name: 'code',
  description: 'Writes a program, runs it in a sandbox and improves it, until it answers or hands over.',
  defaultModel: 'smart',
  takesTools: true,
  run: async (call, ports) => {
    const sandbox = await requireSandbox(ports);
    const { scope } = call;
    const model = await ports.models.resolve(scope.tenantId, call.model, scope.signal);
    if (model.offline)
      return handedOver(
        'agent_decision',
        `The offline model writes no programs: configure a model for "${call.model}"`,
        NOWHERE,
      );
    const fitted = await fitCall(call, ports, {
      system: codePrompt({ ...call, context: bareContext(call.context) }, sandbox, model.tool_calls),
      question: call.question,
    });
    const context = fitted?.context ?? null;
    const transcript = new Transcript([
      { role: 'system', content: codePrompt({ ...call, context }, sandbox, model.tool_calls) },
      ...chatHistory(context),
      { role: 'user', content: call.question },
    ]);
    const folder = new Folder();
    const tools = new OwnTools(
      codeRunTool(sandbox, () => folder.files),
      ports.tools,
      (outcome) => folder.take(outcome),
    );
    const habits = model.tool_calls ? WITH_TOOLS : IN_WORDS;
    // Programs are not for the customer's eyes, and what is no program is known only at its end.
    const unseen = { ...call, streamTo: null };
    const result = await new ReactLoop(unseen, { ...ports, tools }, model, transcript, habits).run();
    return { ...withFiles(result, folder), ...(fitted && { fitted: fitted.report }) };
  },
};

const WITH_TOOLS: LoopHabits = { read: readFencedProgram };
const IN_WORDS: LoopHabits = {
  read: readPlainAnswer,
  ask: ({ messages }) => ({ messages: inPlainWords(messages) }),
};

const requireSandbox = async ({ sandbox }: AgentPorts): Promise<Sandbox> => {
  const choice = (await sandbox?.()) ?? { sandbox: null, reason: 'Nobody looked for one' };
  if (choice.sandbox) return choice.sandbox;
  throw new BatonError('sandbox-unavailable', `The code agent can not run here. ${choice.reason}`);
};

/** What the agent's programs have left so far: of every run the latest of each file. */
class Folder {
  private readonly content = new Map<string, SandboxFile>();

  get files(): readonly SandboxFile[] {
    return [...this.content.values()];
  }

  take(outcome: ToolOutcome): void {
    if (outcome.kind !== 'result') return;
    for (const file of filesOf(outcome.value)) this.content.set(file.name, file);
  }
}

/** Whoever reads the node's result finds the files; a field of that name in the output is the model's own. */
const withFiles = (result: AgentResult, { files }: Folder): AgentResult =>
  files.length === 0 ? result : { ...result, fields: { files: files.map(reportedFile), ...result.fields } };
