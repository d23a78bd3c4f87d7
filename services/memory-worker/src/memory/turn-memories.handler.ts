import { BusClient } from '@baton/bus';
import {
  type AnswerOf,
  type BodyOf,
  logRequests,
  type memoryRequests,
  type MemoryStatus,
  type RequestContext,
  turnCompleted,
} from '@baton/contracts';
import { Injectable } from '@nestjs/common';

import { MemoryFailuresRepository } from './memory-failures.repository.js';
import { MemoryStreamRepository } from './memory-stream.repository.js';
import { hasTurn } from './turn-set.js';
import { TURNS_CONSUMER } from './turns-consumer-name.js';

/** Says of finished turns whether they are remembered. */
@Injectable()
export class TurnMemoriesHandler {
  constructor(
    private readonly bus: BusClient,
    private readonly streams: MemoryStreamRepository,
    private readonly failures: MemoryFailuresRepository,
  ) {}

  async handle(
    ctx: RequestContext,
    { conversation_id, turn_numbers }: BodyOf<typeof memoryRequests.ofTurns>,
  ): Promise<AnswerOf<typeof memoryRequests.ofTurns>> {
    // Before the state: what was remembered meanwhile is seen as that, not as failed.
    const failures = await this.failures.of(ctx.tenant_id, conversation_id, TURNS_CONSUMER);
    const { state } = await this.streams.loadNow(ctx.tenant_id, conversation_id);
    const remembered = state.status === 'REMEMBERING' ? state.turns : [];
    const dropped = await Promise.all(
      failures.dropped.map((version) => this.turnAt(ctx, conversation_id, version)),
    );
    const memory = (turn: number): MemoryStatus => {
      if (hasTurn(remembered, turn)) return 'DONE';
      return failures.isParked || dropped.includes(turn) ? 'FAILED' : 'PENDING';
    };
    return { turns: turn_numbers.map((turn_number) => ({ turn_number, memory: memory(turn_number) })) };
  }

  /** Which turn an event of the conversation ended. */
  private async turnAt(ctx: RequestContext, conversationId: string, version: number): Promise<number | null> {
    const { events } = await this.bus.request(logRequests.orchestrator, ctx, {
      stream: { stream_type: 'conversation', stream_id: conversationId, after_version: version - 1 },
      limit: 1,
    });
    const [event] = events;
    const turn = event?.type === turnCompleted.type ? event.data['turn_number'] : null;
    return typeof turn === 'number' ? turn : null;
  }
}
