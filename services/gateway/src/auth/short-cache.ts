/** How a {@link ShortCache} gets and keeps its values. */
export interface ShortCacheOptions<V> {
  readonly ttlMs: number;
  readonly load: (key: string) => Promise<V>;
  readonly maxEntries?: number;
  /** How long an old value still serves where the loader says that its source is away. */
  readonly staleMs?: number;
  readonly isAway?: (error: unknown) => boolean;
  readonly nowMs?: () => number;
}

interface Entry<V> {
  readonly value: V;
  readonly loadedAt: number;
}

/**
 * Remembers look-ups for a moment, one load at a time per key. The age counts from the start of the load:
 * what was true then is at most `ttlMs` old when it is last served.
 */
export class ShortCache<V> {
  private readonly entries = new Map<string, Entry<V>>();
  private readonly loading = new Map<string, Promise<V>>();
  private readonly nowMs: () => number;

  constructor(private readonly options: ShortCacheOptions<V>) {
    this.nowMs = options.nowMs ?? (() => performance.now());
  }

  get(key: string): V | Promise<V> {
    const entry = this.entries.get(key);
    if (entry && this.nowMs() - entry.loadedAt < this.options.ttlMs) return entry.value;
    return this.loading.get(key) ?? this.load(key, entry);
  }

  /** What is under way is not kept either: it may have been read before the change. */
  forget(key: string): void {
    this.entries.delete(key);
    this.loading.delete(key);
  }

  private load(key: string, old: Entry<V> | undefined): Promise<V> {
    const loadedAt = this.nowMs();
    const promise: Promise<V> = this.options.load(key).then(
      (value) => {
        if (this.loading.get(key) === promise) {
          this.loading.delete(key);
          this.put(key, { value, loadedAt });
        }
        return value;
      },
      (error: unknown) => {
        if (this.loading.get(key) === promise) this.loading.delete(key);
        const { staleMs = 0, isAway } = this.options;
        if (old && isAway?.(error) && this.nowMs() - old.loadedAt < staleMs) return old.value;
        throw error;
      },
    );
    this.loading.set(key, promise);
    return promise;
  }

  private put(key: string, entry: Entry<V>): void {
    const { maxEntries = 10_000 } = this.options;
    this.entries.delete(key);
    if (this.entries.size >= maxEntries) {
      const oldest = this.entries.keys().next().value;
      if (oldest !== undefined) this.entries.delete(oldest);
    }
    this.entries.set(key, entry);
  }
}
