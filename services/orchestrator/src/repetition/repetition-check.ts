import { type BusClient } from '@baton/bus';
import type { MessageView } from '@baton/contracts';
import { Logger } from '@nestjs/common';

import { contentHash } from '../conversation/content-hash.js';
import type { ConversationReads } from '../conversation/conversation.reads.js';
import type { AiProcessing, TurnInput } from '../conversation/conversation.state.js';
import {
  asksTheSame,
  canBeNear,
  type EarlierReply,
  echoes,
  isPleasantry,
  nearCandidates,
  nearMatches,
  REPETITION_WINDOW_MS,
  type RepetitionFound,
  saidAgain,
} from './repetition.js';
import { type EmbeddingOrigin, ReplyEmbeddings } from './reply-embeddings.client.js';

/** A judgement of one reply. */
export interface Judged {
  /** Null where it repeats nothing. */
  readonly found: RepetitionFound | null;
  /** Embeddings were not to be had: near repetitions were not looked for. */
  readonly exactOnly: boolean;
}

/** Holds a turn's reply against what was said before. */
export interface RepetitionJudge {
  judge(reply: string): Promise<Judged>;
}

/** A turn whose reply will be judged. */
export interface JudgedTurn {
  readonly tenantId: string;
  readonly conversation: AiProcessing;
  readonly turnNumber: number;
  readonly runId: string;
  readonly inputs: readonly TurnInput[];
  /** All that the customer said in this turn. */
  readonly message: string;
  /** How many replies back; 0: nothing is looked for. */
  readonly last: number;
}

/** How far back the customer's words of an earlier turn are looked for. */
const MESSAGES_LOOKED_AT = 100;
const CLEAN: Judged = { found: null, exactOnly: false };

/** Begins the check of a turn's reply while its run is at work: nothing waits for what it reads. */
export class RepetitionChecks {
  private readonly embeddings: ReplyEmbeddings;

  constructor(
    private readonly reads: ConversationReads,
    bus: BusClient,
    private readonly nowMs: () => number,
    private readonly hashKey: Buffer,
  ) {
    this.embeddings = new ReplyEmbeddings(bus);
  }

  begin(turn: JudgedTurn): RepetitionJudge {
    if (turn.last === 0) return { judge: () => Promise.resolve(CLEAN) };
    return new RepetitionCheck(turn, this.reads, this.embeddings, this.nowMs(), this.hashKey);
  }
}

class RepetitionCheck implements RepetitionJudge {
  private readonly logger = new Logger('Repetition');
  private readonly earlier: Promise<readonly EarlierReply[]>;
  private readonly origin: EmbeddingOrigin;

  constructor(
    private readonly turn: JudgedTurn,
    private readonly reads: ConversationReads,
    private readonly embeddings: ReplyEmbeddings,
    now: number,
    private readonly hashKey: Buffer,
  ) {
    const { tenantId, conversation, runId } = turn;
    this.origin = { tenantId, conversationId: conversation.conversation_id, runId };
    this.earlier = turn.turnNumber === 1 ? Promise.resolve([]) : this.read(now);
    // Looked at once there is a reply; until then nobody is to call it unhandled.
    this.earlier.catch(() => undefined);
  }

  async judge(reply: string): Promise<Judged> {
    const { inputs, message } = this.turn;
    if (echoes(reply, [...inputs.map(({ content }) => content), message]))
      return { found: { kind: 'echo', similarity: null, of_turn: this.turn.turnNumber }, exactOnly: false };
    const earlier = await this.earlier;
    const hash = contentHash(this.hashKey, reply);
    const exact = earlier.filter(({ agent_response_hash }) => agent_response_hash === hash);
    const [same] = exact;
    if (!same) return this.judgeNear(reply, earlier);
    if (await this.isAskedAgain(exact)) return CLEAN;
    return { found: { kind: 'exact', similarity: null, of_turn: same.turn_number }, exactOnly: false };
  }

  private async judgeNear(reply: string, earlier: readonly EarlierReply[]): Promise<Judged> {
    const candidates = nearCandidates(reply, earlier);
    if (candidates.length === 0) return CLEAN;
    const texts = [reply, ...candidates.map(({ content }) => content)];
    const vectors = await this.vectorsOf(texts);
    if (!vectors) return { found: null, exactOnly: true };
    const [own = [], ...others] = vectors;
    const matches = nearMatches(
      own,
      candidates.map((candidate, index) => ({ reply: candidate, vector: others[index] ?? [] })),
    );
    const [nearest] = matches;
    if (!nearest || (await this.isAskedAgain(matches.map((match) => match.reply)))) return CLEAN;
    const similarity = Math.round(nearest.similarity * 1000) / 1000;
    return { found: { kind: 'near', similarity, of_turn: nearest.reply.turn_number }, exactOnly: false };
  }

  /** Who asks the same again, in the same words or others, may hear the same again. */
  private async isAskedAgain(matches: readonly EarlierReply[]): Promise<boolean> {
    const { inputs, message } = this.turn;
    const hashes = inputs.map(({ user_input_hash }) => user_input_hash);
    if (message.trim() === '') return false;
    if (isPleasantry(message) || matches.some((match) => saidAgain(hashes, match))) return true;
    const before = await this.questionsOf(matches);
    if (before.length === 0) return false;
    const vectors = await this.vectorsOf([message, ...before]);
    if (!vectors) return false;
    const question = { text: message, vector: vectors[0] ?? [] };
    return before.some((text, index) => asksTheSame(question, { text, vector: vectors[index + 1] ?? [] }));
  }

  /** What the customer had said in the turns that were answered so. */
  private async questionsOf(matches: readonly EarlierReply[]): Promise<readonly string[]> {
    const { tenantId, conversation } = this.turn;
    const messages = await this.reads.recentMessages(
      tenantId,
      conversation.conversation_id,
      MESSAGES_LOOKED_AT,
    );
    return matches.map(({ turn_number }) => saidIn(messages, turn_number)).filter((text) => text !== '');
  }

  private async vectorsOf(texts: readonly string[]): Promise<readonly (readonly number[])[] | undefined> {
    try {
      return await this.embeddings.of(this.origin, texts);
    } catch (error) {
      this.logger.warn(
        { err: error, run_id: this.turn.runId },
        'A reply is only held against exact repetition',
      );
      return undefined;
    }
  }

  /** With their vectors under way, so that at the end only the new reply's is to be made. */
  private async read(now: number): Promise<readonly EarlierReply[]> {
    const { tenantId, conversation, turnNumber, last } = this.turn;
    const earlier = await this.reads.earlierReplies(tenantId, conversation.conversation_id, {
      before: turnNumber,
      since: new Date(now - REPETITION_WINDOW_MS),
      most: last,
    });
    const texts = earlier.map(({ content }) => content).filter(canBeNear);
    if (texts.length > 0) this.embeddings.of(this.origin, texts).catch(() => undefined);
    return earlier;
  }
}

const saidIn = (messages: readonly MessageView[], turnNumber: number): string =>
  messages
    .filter(({ role, turn_number }) => role === 'user' && turn_number === turnNumber)
    .map(({ content }) => content)
    .join('\n');
