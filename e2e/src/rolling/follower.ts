import { setTimeout as sleep } from 'node:timers/promises';

import { createParser } from 'eventsource-parser';

import type { Api } from '../api.js';

const AGAIN_MS = 200;

/** A client of a conversation's stream as browsers have them: comes back with the id of the last event it had. */
export class Follower {
  readonly versions: number[] = [];
  /** How often it had to come back, and whether it was told to. */
  readonly ends: ('told' | 'cut')[] = [];
  readonly refused: string[] = [];
  private readonly abort = new AbortController();
  private readonly done: Promise<void>;

  constructor(
    private readonly api: Api,
    private readonly conversationId: string,
  ) {
    this.done = this.follow();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.done;
  }

  private async follow(): Promise<void> {
    while (!this.abort.signal.aborted) {
      const end = await this.listen().catch((error: unknown) => {
        if (!this.abort.signal.aborted) this.refused.push(String(error));
        return undefined;
      });
      if (end && !this.abort.signal.aborted) this.ends.push(end);
      await sleep(AGAIN_MS);
    }
  }

  private async listen(): Promise<'told' | 'cut' | undefined> {
    const last = this.versions.at(-1);
    const response = await fetch(`${this.api.url}/api/v1/conversations/${this.conversationId}/events`, {
      headers: {
        authorization: `Bearer ${this.api.token}`,
        accept: 'text/event-stream',
        ...(last !== undefined && { 'last-event-id': String(last) }),
      },
      signal: this.abort.signal,
    });
    // It may come before its conversation does.
    if (response.status === 404) return void (await response.arrayBuffer());
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    let isTold = false;
    const parser = createParser({
      onEvent: ({ id, event }) => {
        if (event === 'stream.closed') isTold = true;
        if (id !== undefined) this.versions.push(Number(id));
      },
    });
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
    } catch {
      return 'cut';
    }
    return isTold ? 'told' : 'cut';
  }
}
