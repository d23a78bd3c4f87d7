import { type BusClient } from '@baton/bus';
import { llmRequests } from '@baton/contracts';
import { newId } from '@baton/service';

import type { ConversationReads } from '../../conversation/conversation.reads.js';
import { systemContext } from '../../conversation/system-context.js';
import { scopeOfRun } from '../../run/run-scope.js';
import type { RuntimePorts } from '../../run/runtime.ports.js';
import type { NodeScope } from '../../tool/node-scope.js';
import type { Workflow } from '../../workflow/workflow.js';
import type { Answer, FailAnswer } from '../consultation.commands.js';
import type { ConsultationRepository } from '../consultation.repository.js';
import type { KnownConsultation, OpenQuestion } from '../consultation.state.js';
import { consultationMessageView } from '../consultation.view.js';
import type { ConsultedSubject, ConsultedSubjects } from '../consulted-subject.js';
import { ConsultationBackground } from './background.js';
import { ConsultationTools, toolsOf } from './consultation-tools.js';
import { ConsultedAgent } from './consulted-agent.js';
import type { RankedFact } from './extractive-answer.js';
import { type Fact, factsOf } from './facts.js';
import { readProposal } from './propose-plan.js';
import { ReadOnlyJournal } from './read-only-journal.js';

export type AnswerCommand = Answer | FailAnswer;

/** What was said before, as far back as a model is shown. */
const EARLIER_EVENTS = 60;
/** As many as the router ranks at once. */
const MOST_RANKED = 100;
const RANK_TIMEOUT_MS = 10_000;

export interface PreparedQuestion {
  readonly tenantId: string;
  readonly state: KnownConsultation;
  readonly version: number;
  readonly question: OpenQuestion;
  readonly streamTo: string;
  readonly signal: AbortSignal;
}

/** Puts together what the agent needs to answer a question: from the log, as everything it says must be. */
export class AnswerPreparation {
  private readonly background: ConsultationBackground;

  constructor(
    private readonly repository: Pick<ConsultationRepository, 'messages'>,
    private readonly subjects: ConsultedSubjects,
    reads: Pick<ConversationReads, 'recentMessages'>,
    private readonly ports: RuntimePorts,
    private readonly bus: Pick<BusClient, 'request'>,
    /** A run that is talked about and still at work has not heard of it. */
    private readonly pauseRun: (tenantId: string, runId: string, consultationId: string) => void,
  ) {
    this.background = new ConsultationBackground(bus, reads);
  }

  async agentFor(asked: PreparedQuestion): Promise<ConsultedAgent> {
    const { tenantId, state, question, streamTo, signal } = asked;
    const subject = await this.subjects.again(tenantId, state);
    if (state.pauses_run && subject.run?.status === 'RUNNING')
      this.pauseRun(tenantId, subject.run.run_id, state.consultation_id);
    const workflow = await this.subjects.workflowOf(tenantId, subject);
    const { text, history } = await this.said(asked);
    const context = await this.background.of(tenantId, subject, workflow, text);
    const { approval, run } = subject;
    const scope = this.scopeOf(asked, subject, workflow, context?.customer?.id ?? null);
    const find = (tool: string) => this.ports.findTool(tool, tenantId);
    return new ConsultedAgent(
      {
        tenantId,
        consultation_id: state.consultation_id,
        question_id: question.message_id,
        question: text,
        history,
        facts: factsOf({ approval: approval?.state ?? null, run, context }),
        workflow: { name: workflow.name, description: workflow.description },
        conversation_id: state.conversation_id,
        node_id: state.node_id,
        model: workflow.consultation.model,
        maxTokens: workflow.consultation.max_tokens,
        streamTo,
        propose:
          approval?.state.status === 'PENDING'
            ? (args) => readProposal(args, approval.state.plan, scope.tools, find)
            : null,
        signal,
      },
      {
        models: this.ports.agentPorts.models,
        tools: new ConsultationTools(this.ports.agentPorts.tools, this.ports.findTool, scope),
        rank: (query, facts) => this.rank(tenantId, query, facts),
      },
    );
  }

  /** The question, and what was said before it. */
  private async said({ tenantId, state, version, question }: PreparedQuestion) {
    const events = await this.repository.messages(
      tenantId,
      state.consultation_id,
      Math.max(0, version - EARLIER_EVENTS),
      EARLIER_EVENTS,
    );
    const messages = events.map(consultationMessageView);
    const at = messages.findIndex(({ message_id }) => message_id === question.message_id);
    const waiting = new Set(state.open_questions.map(({ message_id }) => message_id));
    const history = messages
      .slice(0, Math.max(0, at))
      .filter(({ role, message_id }) => role !== 'SYSTEM' && !waiting.has(message_id))
      .map(({ role, content }) => ({ role: role as 'HUMAN' | 'AGENT', content }));
    return { text: messages[at]?.content ?? '', history };
  }

  private scopeOf(
    { tenantId, state, question, signal }: PreparedQuestion,
    { run, conversation }: ConsultedSubject,
    workflow: Workflow,
    customerId: string | null,
  ): NodeScope {
    const around = conversation && 'metadata' in conversation ? { ...conversation } : null;
    return {
      tenantId,
      // Nothing that is read here is the run's.
      runId: state.consultation_id,
      nodeId: question.message_id,
      conversationId: state.conversation_id,
      customerId,
      workflow: state.workflow,
      tools: toolsOf(workflow),
      approvals: workflow.approvals,
      riskScore: async (expression, args) => {
        const scope = run
          ? scopeOfRun(run, around)
          : { input: {}, nodes: {}, conversation: around, turn_count: 0 };
        const [score] = await this.ports.expressions.evaluateAll(
          [expression],
          { ...scope, args },
          {
            now: Date.parse(question.asked_at),
            seed: question.message_id,
          },
        );
        return score;
      },
      digestKey: this.ports.digestKey,
      journal: new ReadOnlyJournal(),
      signal,
    };
  }

  private async rank(
    tenantId: string,
    query: string,
    facts: readonly Fact[],
  ): Promise<readonly RankedFact[]> {
    const asked = facts.slice(0, MOST_RANKED);
    const { passages } = await this.bus.request(
      llmRequests.rank,
      systemContext(tenantId, newId('req')),
      {
        query: query.trim() === '' ? '?' : query.slice(0, 32_000),
        passages: asked.map(({ title, text }, index) => ({
          id: String(index),
          title,
          content: text.slice(0, 4000),
        })),
        limit: 10,
      },
      { timeoutMs: RANK_TIMEOUT_MS },
    );
    return passages.flatMap(({ id, score }) => {
      const fact = asked[Number(id)];
      return fact ? [{ fact, score }] : [];
    });
  }
}
