import { pause } from '../http/retry.js';
import { type Connect, type ConnectionState, Final, Later, type LiveStream } from './live-stream.js';

const BASE_MS = 400;
const MAX_MS = 10_000;
/** A connection that held this long was a good one: the next loss begins with a short pause again. */
const GOOD_MS = 5000;

/** Keeps a connection alive: a lost one is made anew after a pause that grows and is random, or at once when the network is back. */
export class ReconnectingStream<T> implements LiveStream<T> {
  private readonly listeners = new Set<(state: ConnectionState) => void>();
  private readonly closing = new AbortController();
  private current: ConnectionState = 'connecting';
  private isRead = false;

  constructor(
    private readonly connect: Connect<T>,
    private readonly random: () => number = Math.random,
  ) {}

  get state(): ConnectionState {
    return this.current;
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(): void {
    this.closing.abort(new DOMException('The stream was closed', 'AbortError'));
    this.become('closed');
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    // Two readers would each get half.
    if (this.isRead) throw new Error('This stream is being read already');
    this.isRead = true;
    try {
      yield* this.lives();
    } finally {
      this.close();
    }
  }

  private async *lives(): AsyncGenerator<T, void> {
    for (let losses = 0; !this.closing.signal.aborted; losses += 1) {
      let openedAt: number | undefined;
      let later = 0;
      const { signal, end } = lifeOf(this.closing.signal);
      try {
        const opened = (): void => {
          openedAt = Date.now();
          this.become('open');
        };
        yield* this.connect({ signal, opened });
      } catch (error) {
        if (error instanceof Final) throw error.reason;
        // Whatever else it was, a new connection is the answer to it.
        if (error instanceof Later) later = error.afterMs;
      } finally {
        end();
      }
      if (this.closing.signal.aborted) return;
      this.become('reconnecting');
      if (openedAt !== undefined && Date.now() - openedAt > GOOD_MS) losses = 0;
      await this.rest(later + this.random() * Math.min(MAX_MS, BASE_MS * 2 ** Math.min(losses, 20)));
    }
  }

  /** A network that is back is no reason to wait on. */
  private async rest(ms: number): Promise<void> {
    const rested = new AbortController();
    const end = (): void => rested.abort();
    const target = onlineTarget();
    target?.addEventListener('online', end);
    this.closing.signal.addEventListener('abort', end);
    await pause(ms, rested.signal).catch(() => undefined);
    target?.removeEventListener('online', end);
    this.closing.signal.removeEventListener('abort', end);
  }

  private become(state: ConnectionState): void {
    if (this.current === state || this.current === 'closed') return;
    this.current = state;
    for (const listener of this.listeners) listener(state);
  }
}

/** Ends with the stream, and when the browser says that its network is gone: a dead connection would be found out only much later. */
const lifeOf = (closing: AbortSignal): { readonly signal: AbortSignal; readonly end: () => void } => {
  const life = new AbortController();
  const abort = (): void => life.abort(closing.reason);
  const target = onlineTarget();
  closing.addEventListener('abort', abort);
  target?.addEventListener('offline', abort);
  return {
    signal: life.signal,
    end: () => {
      closing.removeEventListener('abort', abort);
      target?.removeEventListener('offline', abort);
      life.abort();
    },
  };
};

/** Of a page or a worker; Node has none. */
const onlineTarget = (): EventTarget | undefined =>
  typeof addEventListener === 'function' ? globalThis : undefined;
