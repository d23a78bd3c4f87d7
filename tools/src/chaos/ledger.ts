import { createHash } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';

import type { Knowledge } from './client.js';

/** A promise that was broken, by the number it has in docs/reliability.md. */
export interface Breach {
  readonly invariant: string;
  readonly what: string;
}

/** One message that a client sent, as that client knows it. */
export interface SentMessage {
  readonly tenant: string;
  readonly conversationId: string;
  readonly turnId: string;
  readonly sender: 'user' | 'human_agent';
  readonly text: string;
  readonly sentAt: number;
  requests: number;
  /** Requests of it that ended with nobody knowing whether it was taken. */
  unknown: number;
  /** Taken, once one answer said so; rejected, where every answer said no. */
  standing: 'acknowledged' | 'rejected' | 'unknown';
  turnNumber: number | undefined;
  /** Id and digest of each reply that any answer carried: one, if all is well. */
  readonly replies: Map<string, string>;
  endedAs: string | undefined;
}

export interface TurnAnswer {
  readonly turn_number: number;
  readonly status: string;
  readonly state: string;
  readonly reply: { readonly message_id: string; readonly content: string } | null;
}

/** What clients did and were told: append-only on disk, and the one side of the verdict. */
export class Ledger {
  readonly messages: SentMessage[] = [];
  readonly breaches: Breach[] = [];
  staleWrites = 0;
  staleWritesTaken = 0;
  otherBodies = 0;
  private readonly file: WriteStream;

  constructor(path: string) {
    this.file = createWriteStream(path, { flags: 'a' });
  }

  send(message: Pick<SentMessage, 'tenant' | 'conversationId' | 'turnId' | 'sender' | 'text'>): SentMessage {
    const entry: SentMessage = {
      ...message,
      sentAt: Date.now(),
      requests: 0,
      unknown: 0,
      standing: 'unknown',
      turnNumber: undefined,
      replies: new Map(),
      endedAs: undefined,
    };
    this.messages.push(entry);
    this.note('sent', { ...message });
    return entry;
  }

  heard(entry: SentMessage, knowledge: Knowledge, status: number, answer: TurnAnswer | null): void {
    entry.requests += 1;
    this.note(knowledge, {
      key: keyOf(entry),
      status,
      turn: answer?.turn_number,
      reply: answer?.reply?.message_id,
    });
    if (knowledge === 'unknown') entry.unknown += 1;
    if (knowledge === 'rejected' && entry.standing === 'unknown' && entry.unknown === 0)
      entry.standing = 'rejected';
    if (knowledge !== 'done' || answer === null) return;
    entry.standing = 'acknowledged';
    if (entry.turnNumber !== undefined && entry.turnNumber !== answer.turn_number)
      this.broken('I1', `${keyOf(entry)} was turn ${entry.turnNumber}, then turn ${answer.turn_number}`);
    entry.turnNumber = answer.turn_number;
    if (answer.reply) entry.replies.set(answer.reply.message_id, digest(answer.reply.content));
    if (isOver(answer.status)) entry.endedAs = answer.status;
  }

  broken(invariant: string, what: string): void {
    this.breaches.push({ invariant, what });
    this.note('breach', { invariant, what });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.file.end(resolve));
  }

  private note(what: string, data: Readonly<Record<string, unknown>>): void {
    this.file.write(`${JSON.stringify({ at: Date.now(), what, ...data })}\n`);
  }
}

export const keyOf = ({ conversationId, turnId }: Pick<SentMessage, 'conversationId' | 'turnId'>): string =>
  `${conversationId}:${turnId}`;

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

export const isOver = (status: string): boolean => ['COMPLETED', 'FAILED', 'CANCELLED'].includes(status);
