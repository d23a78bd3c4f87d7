import type { RecordedEvent } from '@baton/contracts';
import { EventStore } from '@baton/event-store';
import { Database, Metrics } from '@baton/service';
import { Injectable } from '@nestjs/common';

/** What operators see of conversations: turns by what became of them and by state, handovers by reason, who waits for a word. */
@Injectable()
export class ConversationMetrics {
  constructor(store: EventStore, database: Database, metrics: Metrics) {
    const turns = metrics.counter('baton_turns_total', 'Turns of the AI, by what became of them', [
      'outcome',
    ]);
    const handovers = metrics.counter('baton_handovers_total', 'Conversations handed to people, by why', [
      'reason',
    ]);
    const cost = metrics.counter('baton_turn_cost_usd_total', 'What models cost for turns that ended', [
      'outcome',
    ]);
    store.whenCommitted((events) => {
      for (const event of events) {
        const outcome = outcomeOf(event);
        if (outcome !== undefined) turns.inc({ outcome });
        if (event.type === 'conversation.turn_completed')
          cost.inc({ outcome: outcome ?? 'other' }, costOf(event));
        if (event.type === 'conversation.handed_over')
          handovers.inc({ reason: String(event.data['reason']) });
      }
    });
    metrics.looked('baton_turns_open', 'Turns that are not over, by state', ['state'], async () => {
      const rows = await database.system<{ status: string; value: number }>(
        `SELECT status, count(*)::int AS value FROM ${database.schema}.conversation_turns
          WHERE status IN ('COLLECTING', 'PROCESSING') AND due_at IS NOT NULL GROUP BY status`,
      );
      const known = new Map(rows.map(({ status, value }) => [status, value]));
      return (['COLLECTING', 'PROCESSING'] as const).map((status) => ({
        labels: { state: status.toLowerCase() },
        value: known.get(status) ?? 0,
      }));
    });
  }
}

/** Of a turn that this event ends or sets back; undefined for every other event. */
const outcomeOf = ({ type, data }: RecordedEvent): string | undefined => {
  if (type === 'conversation.turn_restarted') return 'restarted';
  if (type === 'conversation.turn_paused') return 'paused';
  if (type !== 'conversation.turn_completed') return undefined;
  if (data['status'] !== 'COMPLETED') return String(data['status']).toLowerCase();
  return data['sink'] === 'HANDOVER' ? 'handed_over' : 'replied';
};

const costOf = ({ data }: RecordedEvent): number => {
  const usage = data['usage'] as { readonly cost_usd?: string } | undefined;
  return Number(usage?.cost_usd ?? 0);
};
