import type { PlayedGateway } from './played-gateway.js';

type Json = Record<string, unknown>;

const AN_HOUR_MS = 3_600_000;

/** An approval as the gateway shows it; what a test says of it differs. */
export const playedApproval = (id: string, more: Json = {}): Json => ({
  approval_id: id,
  run_id: `run_${id}`,
  conversation_id: 'story',
  workflow: { name: 'order_management', version: 1 },
  node_id: 'handle',
  kind: 'tool',
  action_digest: 'digest',
  plan: {
    request: 'orders.refund',
    steps: [
      {
        tool: 'orders.refund',
        args: { order_id: '1001', amount: 600 },
        reason: 'It came broken, I refund everything',
      },
    ],
  },
  risk_assessment: { risk_tier: 'CRITICAL', risk_score: 90, reasons: ['Scored 90: critical from 90 on'] },
  required_role: 'senior',
  approvals_needed: 2,
  decisions: [],
  excluded_agent_ids: [],
  status: 'PENDING',
  requested_at: new Date().toISOString(),
  expires_at: new Date(Date.now() + AN_HOUR_MS).toISOString(),
  updated_at: new Date().toISOString(),
  edited_from: null,
  edited_to: null,
  error: null,
  cancelled_because: null,
  ...more,
});

/** What of approvals and consultations the played gateway answers, and what it was told. */
export class PlayedApprovals {
  readonly approvals = new Map<string, Json>();
  readonly decided: { readonly id: string; readonly body: Json }[] = [];
  readonly asked: string[] = [];
  consultation: (Json & { messages: Json[] }) | null = null;
  /** What the agent answers a question with; it is said word by word. */
  answer: (question: string) => Json = () => ({ content: 'Because it broke.' });
  /** What a decision leads to. */
  onDecide: (approval: Json, body: Json) => Json = (approval) => ({ ...approval, status: 'APPROVED' });

  constructor(private readonly gateway: PlayedGateway) {
    gateway.played = (method, url, body) => this.play(method, url, body);
  }

  add(id: string, more: Json = {}): void {
    this.approvals.set(id, playedApproval(id, more));
  }

  /** Somebody else says something. */
  say(role: string, content: string, metadata: Json = {}): Json {
    const said = {
      message_id: `msg_${this.consultation?.messages.length ?? 0}`,
      consultation_id: 'cons_1',
      role,
      content,
      metadata,
      timestamp: new Date().toISOString(),
    };
    this.consultation?.messages.push(said);
    const { metadata: _, ...told } = said;
    this.gateway.tellConsultation('cons_1', { type: 'message', ...told });
    return said;
  }

  private play(method: string, { pathname, searchParams }: URL, body: Json): Json | undefined {
    const [, , , kind, id = '', part] = pathname.split('/').map(decodeURIComponent);
    const list = (items: readonly Json[]): Json => ({ items, next_cursor: null });
    if (kind === 'tools') return list([REFUND_TOOL]);
    if (kind === 'approvals' && part === 'decision') return this.decide(id, body);
    if (kind === 'approvals' && id !== '') return this.approvals.get(id);
    if (kind === 'approvals') {
      const status = searchParams.get('status');
      const all = [...this.approvals.values()];
      return list(all.filter((each) => status === null || each['status'] === status));
    }
    return kind === 'consultations' ? this.consult(method, part, body, list) : undefined;
  }

  private decide(id: string, body: Json): Json | undefined {
    const approval = this.approvals.get(id);
    if (!approval) return undefined;
    this.decided.push({ id, body });
    const after = this.onDecide(approval, body);
    if (typeof after['status'] === 'string') this.approvals.set(id, after);
    return after;
  }

  private consult(
    method: string,
    part: string | undefined,
    body: Json,
    list: (items: readonly Json[]) => Json,
  ): Json | undefined {
    if (method === 'GET') return part === undefined && !this.consultation ? list([]) : this.read(part, list);
    if (part === 'messages') {
      const question = String(body['message']);
      this.asked.push(question);
      this.say('HUMAN', question, { agent_id: 'ana' });
      const { content, ...metadata } = this.answer(question);
      const message_id = `msg_${this.consultation?.messages.length}`;
      for (const word of String(content).split(/(?<= )/))
        this.gateway.tellConsultation('cons_1', { type: 'delta', message_id, content: word });
      return this.say('AGENT', String(content), metadata);
    }
    if (part === 'end' && this.consultation) {
      this.say('SYSTEM', 'The consultation is over');
      this.consultation['status'] = 'COMPLETED';
      return this.consultation;
    }
    this.consultation = {
      consultation_id: 'cons_1',
      agent_name: 'handle',
      status: 'ACTIVE',
      messages: [],
    };
    this.say('SYSTEM', 'A consultation about this approval has begun');
    return this.consultation;
  }

  /** The list is asked for with a query, one of it by its id: here there is only the one. */
  private read(part: string | undefined, list: (items: readonly Json[]) => Json): Json | undefined {
    if (!this.consultation) return undefined;
    return part === 'messages'
      ? list(this.consultation.messages)
      : { ...this.consultation, items: [this.consultation], next_cursor: null };
  }
}

const REFUND_TOOL: Json = {
  name: 'orders.refund',
  source: 'builtin',
  description: 'Gives money back',
  risk_tier: 'HIGH',
  connected: true,
  input_schema: {
    type: 'object',
    required: ['order_id', 'amount'],
    properties: {
      order_id: { type: 'string', pattern: '^[0-9]{1,12}$', description: 'The number of the order' },
      amount: { type: 'number', exclusiveMinimum: 0, maximum: 1000 },
    },
  },
};
