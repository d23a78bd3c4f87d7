import type { Random } from '../chaos/random.js';
import type { Schema } from './document.js';

/** Which ids a path leads to, by what stands before them. */
const KIND_OF_SEGMENT: Readonly<Record<string, string>> = {
  conversations: 'conversation_id',
  archive: 'archived_id',
  audit: 'audit_id',
  chat: 'conversation_id',
  runs: 'run_id',
  'human-agents': 'agent_id',
  offers: 'offer_id',
  webhooks: 'webhook_id',
  deliveries: 'delivery_id',
  connections: 'connection_id',
  'api-keys': 'key_id',
  approvals: 'approval_id',
  consultations: 'consultation_id',
  workflows: 'workflow_name',
  tools: 'tool_name',
  agents: 'agent_type',
};
/** Fields that mean another's ids. */
const SAME: Readonly<Record<string, string>> = {
  to_agent_id: 'agent_id',
  assigned_agent_id: 'agent_id',
  object: 'conversation_id',
  actor: 'agent_id',
};
const MOST = 200;

/** What there is at the moment, as answers told: ids by the name of their field, the newest ones. */
export class Pool {
  private readonly ids = new Map<string, string[]>();
  private readonly owners = new Map<string, string>();
  private readonly schemas = new Map<string, Schema>();

  add(kind: string, id: string): void {
    const known = this.ids.get(kind) ?? [];
    if (known.includes(id)) return;
    known.push(id);
    if (known.length > MOST) known.shift();
    this.ids.set(kind, known);
  }

  /** It was erased or is not there any more: there is no use in asking for it often. */
  drop(kind: string, id: string): void {
    this.ids.set(
      kind,
      (this.ids.get(kind) ?? []).filter((known) => known !== id),
    );
  }

  /** One of a kind; undefined when there is none. */
  pick(field: string, random: Random): string | undefined {
    const known = this.ids.get(SAME[field] ?? field);
    return known && known.length > 0 ? random.pick(known) : undefined;
  }

  /** The webhook that a delivery is of. */
  ownerOf(deliveryId: string): string | undefined {
    return this.owners.get(deliveryId);
  }

  /** What a tool wants to be given. */
  schemaOf(tool: string): Schema | undefined {
    return this.schemas.get(tool);
  }

  /** What a parameter of a path is an id of. */
  kindOf(path: string, parameter: string): string {
    const segments = path.split('/');
    const before = segments.slice(0, segments.indexOf(`{${parameter}}`));
    if (before.includes('hil')) return 'conversation_id';
    if (path.endsWith('/decision')) return 'pending_approval_id';
    return KIND_OF_SEGMENT[before.at(-1) ?? ''] ?? parameter;
  }

  /** Takes every id out of an answer. Keys are known only by the answer that made them: no other may be deleted. */
  harvest(body: unknown, depth = 0): void {
    if (depth > 6 || typeof body !== 'object' || body === null) return;
    const { webhook_id, delivery_id, name, input_schema } = body as Record<string, unknown>;
    if (typeof delivery_id === 'string' && typeof webhook_id === 'string')
      this.owners.set(delivery_id, webhook_id);
    if (typeof name === 'string' && typeof input_schema === 'object' && input_schema !== null)
      this.schemas.set(name, input_schema as Schema);
    for (const [key, value] of Object.entries(body)) {
      if (typeof value !== 'string') this.harvest(value, depth + 1);
      else if (key === 'key_id' ? 'api_key' in body : key.endsWith('_id') && key !== 'tenant_id')
        this.add(key, value);
    }
  }
}
