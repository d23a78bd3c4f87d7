import type {
  HandoverContext,
  HandoverReason,
  MessageView,
  Priority,
  RequiredSkills,
  RoutingPolicy,
} from '@baton/contracts';

import type { HandoverRequest } from './conversation.commands.js';
import type { Routing } from './workflows.port.js';

/** How much of the transcript a human is given at once; the rest is a click away. */
export const HANDOVER_MESSAGES = 10;

export interface HandoverFacts {
  readonly handover_id: string;
  readonly reason: HandoverReason;
  readonly note: string | null;
  readonly routing: Routing;
  readonly summary: string | null;
  readonly intent: string | null;
  readonly confidence: number | null;
  readonly tried: readonly { readonly tool: string; readonly outcome: string }[];
  readonly last_messages: readonly MessageView[];
  /** What the caller asked for goes before the workflow's rules. */
  readonly required_skills?: RequiredSkills | undefined;
  readonly priority?: Priority | undefined;
}

/** The handover package: what the human gets, and how it is routed. */
export const handoverPackage = (facts: HandoverFacts): HandoverRequest => {
  const required_skills = facts.required_skills ?? facts.routing.required_skills;
  const priority = facts.priority ?? facts.routing.priority;
  const context: HandoverContext = {
    reason: facts.reason,
    note: facts.note,
    summary: facts.summary,
    intent: facts.intent,
    confidence: facts.confidence,
    tried: [...facts.tried],
    last_messages: facts.last_messages.map(({ role, content, created_at }) => ({
      role,
      content,
      created_at,
    })),
    required_skills,
    priority,
  };
  return {
    handover_id: facts.handover_id,
    reason: facts.reason,
    note: facts.note,
    required_skills,
    priority,
    queue: facts.routing.queue,
    context,
    routing: keptBy(facts),
  };
};

/** Who was asked for explicitly is asked for at any wait. */
const keptBy = ({ routing: { routing }, required_skills, priority }: HandoverFacts): RoutingPolicy => ({
  ...routing,
  ...(routing.reroute && {
    reroute: routing.reroute.map((step) => ({
      ...step,
      ...(required_skills && { required_skills }),
      ...(priority && { priority }),
    })),
  }),
});
