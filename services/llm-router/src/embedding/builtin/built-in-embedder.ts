import { Worker } from 'node:worker_threads';

import type { EmbeddingReply, EmbeddingTask } from './embedding-protocol.js';
import { LruCache } from './lru-cache.js';

/** `provider/model` of the embedding model that comes with Baton. */
export const BUILT_IN_EMBEDDING_MODEL = 'builtin/use-lite';
export const BUILT_IN_DIMENSIONS = 512;

/** 2 KB each: the sentences of a knowledge base of some hundred pages, and the latest questions. */
const VECTORS_KEPT = 8_000;
/** The model sees no more of a text than about this; more only costs time. */
const LONGEST_TEXT = 2_000;
/** Short batches keep a question from waiting behind a whole knowledge base (a sentence takes 3 to 5 ms). */
const BATCH = 16;
/** Loading takes 0.1 s and the loaded model 130 MB: it is let go when nobody has asked for a while. */
const IDLE_MS = 60_000;

interface Pending {
  readonly resolve: (vectors: readonly Float32Array[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The built-in sentence embeddings (512 dimensions, English), in a thread of their own: the arithmetic would
 * hold up every stream of this process. The same text always has the same vector, so what was computed lately
 * is not computed again.
 */
export class BuiltInEmbedder {
  private readonly cache = new LruCache<string, Float32Array>(VECTORS_KEPT);
  private readonly computing = new Map<string, Promise<Float32Array>>();
  private readonly pending = new Map<number, Pending>();
  private worker: Worker | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private nextId = 0;

  constructor(private readonly idleMs: number = IDLE_MS) {}

  /** A unit vector for each text, in the order of the texts. */
  async embed(texts: readonly string[]): Promise<readonly Float32Array[]> {
    const known = new Map<string, Promise<Float32Array>>();
    const wanted: string[] = [];
    for (const text of texts.map(asEmbedded)) {
      if (known.has(text)) continue;
      const cached = this.cache.get(text);
      const vector = cached ? Promise.resolve(cached) : this.computing.get(text);
      if (vector) known.set(text, vector);
      else {
        known.set(text, this.promised(text));
        wanted.push(text);
      }
    }
    for (let start = 0; start < wanted.length; start += BATCH)
      this.compute(wanted.slice(start, start + BATCH));
    return Promise.all(texts.map((text) => known.get(asEmbedded(text)) as Promise<Float32Array>));
  }

  /** Ends the thread where nobody waits for it: what it computed stays known, and its 130 MB are free. */
  async rest(): Promise<void> {
    if (this.pending.size === 0) await this.stop();
  }

  /** Ends the thread; the next text starts it again. */
  async stop(): Promise<void> {
    clearTimeout(this.idleTimer);
    const { worker } = this;
    this.worker = undefined;
    await worker?.terminate();
  }

  private readonly settle = new Map<string, Pending>();

  private promised(text: string): Promise<Float32Array> {
    const promise = new Promise<Float32Array>((resolve, reject) => {
      this.settle.set(text, { resolve: ([vector]) => resolve(vector as Float32Array), reject });
    });
    this.computing.set(text, promise);
    return promise;
  }

  private compute(batch: readonly string[]): void {
    const finish = (text: string, act: (pending: Pending) => void): void => {
      const waiting = this.settle.get(text);
      this.settle.delete(text);
      this.computing.delete(text);
      if (waiting) act(waiting);
    };
    this.ask(batch).then(
      (vectors) =>
        batch.forEach((text, index) => {
          const vector = vectors[index] as Float32Array;
          this.cache.set(text, vector);
          finish(text, (pending) => pending.resolve([vector]));
        }),
      (error: Error) => batch.forEach((text) => finish(text, (pending) => pending.reject(error))),
    );
  }

  private ask(texts: readonly string[]): Promise<readonly Float32Array[]> {
    clearTimeout(this.idleTimer);
    this.nextId += 1;
    const task: EmbeddingTask = { id: this.nextId, texts };
    return new Promise<readonly Float32Array[]>((resolve, reject) => {
      this.pending.set(task.id, { resolve, reject });
      this.thread().postMessage(task);
    }).finally(() => {
      if (this.pending.size > 0) return;
      this.idleTimer = setTimeout(() => void this.stop(), this.idleMs);
      this.idleTimer.unref();
    });
  }

  private thread(): Worker {
    if (this.worker) return this.worker;
    // Under test this file runs from source, and so does the thread: Node takes the types off by itself.
    const file = import.meta.url.endsWith('.ts') ? './embedding-worker.ts' : './embedding-worker.js';
    const worker = new Worker(new URL(file, import.meta.url));
    worker.unref();
    worker.on('message', (reply: EmbeddingReply) => this.receive(reply));
    worker.on('error', (error) => this.lost(worker, error));
    worker.on('exit', () => this.lost(worker, new Error('the embedding thread ended')));
    this.worker = worker;
    return worker;
  }

  private receive(reply: EmbeddingReply): void {
    const waiting = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    if ('vectors' in reply) waiting?.resolve(reply.vectors);
    else waiting?.reject(new Error(reply.error));
  }

  private lost(worker: Worker, error: unknown): void {
    if (this.worker === worker) this.worker = undefined;
    else if (this.worker) return;
    const reason = error instanceof Error ? error : new Error(String(error));
    for (const waiting of this.pending.values()) waiting.reject(reason);
    this.pending.clear();
  }
}

/** In the form that the model takes it: one sign may be eighteen there (U+FDFA), so it is cut behind that. */
const asEmbedded = (text: string): string =>
  text.slice(0, LONGEST_TEXT).normalize('NFKC').slice(0, LONGEST_TEXT).trim() || '.';
