import type {
  HandoverReason,
  Priority,
  RelaxStep,
  RequiredSkills,
  RiskTier,
  StaffRole,
} from '@baton/contracts';

import type { Expression } from './expression/expression.js';
import type { Template } from './expression/template.js';
import type { WorkflowGraph } from './graph/workflow-graph.js';
import type { OpeningHours } from './opening-hours.js';

/** A JSON Schema that compiles. */
export type JsonSchemaObject = Readonly<Record<string, unknown>>;

/** A workflow that was loaded: every expression parsed, every default set, every reference resolved. Plain data. */
export interface Workflow {
  readonly name: string;
  readonly description: string | null;
  /** SHA-256 of the content; layout and comments do not count. */
  readonly digest: string;
  readonly input: JsonSchemaObject | null;
  /** In the order of the file. */
  readonly nodes: ReadonlyMap<string, WorkflowNode>;
  readonly graph: WorkflowGraph;
  /** Whether an expression looks at more of what a conversation supplies than the message. */
  readonly readsConversation: boolean;
  readonly human: HumanPolicy;
  readonly approvals: ReadonlyMap<string, ApprovalPolicy>;
  readonly consultation: { readonly model: string; readonly max_tokens: number };
  readonly conversation: ConversationPolicy;
  readonly limits: { readonly cost_usd: number; readonly timeout_ms: number };
}

export type WorkflowNode =
  AgentNode | ToolNode | TransformNode | BranchNode | MapNode | ApprovalNode | SinkNode;
/** What a map may do with each item. */
export type ItemNode = AgentNode | ToolNode | TransformNode;
export type WorkNode = Exclude<WorkflowNode, SinkNode>;

interface Dependent {
  readonly id: string;
  readonly needs: readonly string[];
  readonly when: Expression | null;
}

interface Worked extends Dependent {
  readonly retry: { readonly attempts: number; readonly backoff_ms: number };
  readonly timeout_ms: number;
}

export type AgentType = 'simple' | 'reasoning' | 'code';

export interface AgentNode extends Worked {
  readonly type: 'agent';
  readonly agent: AgentType;
  readonly model: string;
  readonly prompt: Template | null;
  readonly output: JsonSchemaObject | null;
  readonly tools: readonly string[];
  readonly max_steps: number;
}

export interface ToolNode extends Worked {
  readonly type: 'tool';
  readonly tool: string;
  readonly args: Template;
}

export interface TransformNode extends Worked {
  readonly type: 'transform';
  readonly value: Template;
}

export interface BranchNode extends Worked {
  readonly type: 'branch';
  readonly cases: readonly { readonly when: Expression; readonly to: readonly string[] }[];
  readonly otherwise: readonly string[];
}

export interface MapNode extends Worked {
  readonly type: 'map';
  readonly over: Template;
  readonly as: string;
  readonly item: ItemNode;
}

export interface ApprovalNode extends Worked {
  readonly type: 'approval';
  readonly plan: Template;
  readonly risk: RiskRule | null;
}

export interface SinkNode extends Dependent {
  readonly type: 'sink';
  readonly sink: 'FINISH' | 'HANDOVER';
  readonly reply: Template | null;
  readonly confidence: Template | null;
  readonly reason: HandoverReason;
  readonly note: Template | null;
  readonly output: Template | null;
}

/** How a risk is found: a tier outright, or an expression whose score is held against the tiers. */
export type RiskRule =
  | { readonly kind: 'tier'; readonly tier: RiskTier }
  | { readonly kind: 'score'; readonly expression: Expression };

export interface ApprovalPolicy {
  readonly tool: string;
  readonly risk: RiskRule | null;
  /** Least score of each tier; below MEDIUM is LOW. */
  readonly tiers: RiskThresholds;
  readonly require: Readonly<Record<Exclude<RiskTier, 'LOW'>, { role: StaffRole; approvals: number }>>;
  /** Whoever set the run off may not decide. */
  readonly four_eyes: boolean;
  readonly expires_after_ms: number;
}
export type RiskThresholds = Readonly<Record<Exclude<RiskTier, 'LOW'>, number>>;

/** What hil_config says. Without one: nothing is on but failure and budget, which always are. */
export interface HumanPolicy {
  readonly enabled: boolean;
  readonly triggers: HandoverTriggers;
  readonly routing_rules: readonly RoutingRule[];
  readonly sla: { readonly first_response_ms: number; readonly warn_at: number };
  readonly offer: {
    readonly timeout_ms: number;
    readonly parallel: number;
    readonly mode: 'offer' | 'auto_accept';
    readonly known_first_ms: number;
    readonly known_wait_ms: number;
  };
  readonly no_agent_available: 'wait' | 'stay_with_ai' | 'callback';
  readonly reply_mode: 'auto' | 'draft';
  readonly abandoned_after_ms: number;
  readonly silent_after_ms: number;
  readonly human_cost_per_hour: number;
  readonly opening_hours: OpeningHours | null;
}

export interface HandoverTriggers {
  /** Null: confidence does not matter. */
  readonly confidence_below: number | null;
  readonly explicit_request: boolean;
  readonly agent_decision: boolean;
  readonly repetition: boolean;
  readonly expressions: readonly { readonly when: Expression; readonly note: Template | null }[];
}

export interface RoutingRule {
  readonly when: Expression | null;
  readonly required_skills: RequiredSkills;
  readonly priority: Priority;
  readonly preferred_skills?: RequiredSkills;
  readonly role?: StaffRole;
  readonly language_required?: boolean;
  readonly weight?: number;
  readonly relax: readonly Readonly<RelaxStep>[];
  readonly queue: string;
  readonly reason: HandoverReason | null;
  readonly note: Template | null;
  readonly reply_mode: 'auto' | 'draft' | null;
}

export interface ConversationPolicy {
  readonly debounce: { readonly quiet_ms: number; readonly max_wait_ms: number };
  readonly on_new_input: 'queue' | 'restart';
  readonly dedup: { readonly last: number };
  readonly context: {
    readonly max_tokens: number;
    readonly recent_turns: number;
    readonly memories: number;
  };
}

export const isSink = (node: WorkflowNode): node is SinkNode => node.type === 'sink';
