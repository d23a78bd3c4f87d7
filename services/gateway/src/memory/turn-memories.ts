import { BusClient } from '@baton/bus';
import {
  memoryRequests,
  type MemoryStatus,
  type RequestContext,
  type TurnRecordView,
} from '@baton/contracts';
import { Injectable, Logger } from '@nestjs/common';

/** Null where memory-worker could not be asked: a turn is shown without it rather than not at all. */
export type TurnWithMemory = TurnRecordView & { readonly memory: MemoryStatus | null };

const TIMEOUT_MS = 2000;
const GOING_ON: ReadonlySet<TurnRecordView['status']> = new Set(['COLLECTING', 'PROCESSING', 'PAUSED']);

/** Adds to turns what became of their memory. */
@Injectable()
export class TurnMemories {
  private readonly logger = new Logger('TurnMemories');

  constructor(private readonly bus: BusClient) {}

  async of(
    ctx: RequestContext,
    conversationId: string,
    turns: readonly TurnRecordView[],
  ): Promise<TurnWithMemory[]> {
    const ended = turns.filter(({ status }) => !GOING_ON.has(status)).map(({ turn_number }) => turn_number);
    const known =
      ended.length === 0 ? new Map<number, MemoryStatus>() : await this.ask(ctx, conversationId, ended);
    return turns.map((turn) => ({
      ...turn,
      memory: GOING_ON.has(turn.status) ? 'PENDING' : (known?.get(turn.turn_number) ?? null),
    }));
  }

  private async ask(
    ctx: RequestContext,
    conversation_id: string,
    turn_numbers: number[],
  ): Promise<Map<number, MemoryStatus> | null> {
    try {
      const { turns } = await this.bus.request(
        memoryRequests.ofTurns,
        ctx,
        { conversation_id, turn_numbers },
        { timeoutMs: TIMEOUT_MS },
      );
      return new Map(turns.map(({ turn_number, memory }) => [turn_number, memory]));
    } catch (error) {
      this.logger.warn({ err: error, conversation_id }, 'Turns are shown without their memory');
      return null;
    }
  }
}
