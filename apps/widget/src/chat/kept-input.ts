import type { PendingMessage } from './chat.state.js';

/** What was typed and not yet taken: outlives a reload of the page, in its tab only. */
export interface KeptInput {
  readonly draft: string;
  readonly pending: readonly PendingMessage[];
}

const NOTHING: KeptInput = { draft: '', pending: [] };

/** A tab's own store; where the browser gives none, what is kept lives as long as the page. */
export class KeptInputs {
  private readonly fallback = new Map<string, string>();

  load(conversationId: string): KeptInput {
    const text = this.read(keyOf(conversationId));
    if (text === null) return NOTHING;
    try {
      return readKept(JSON.parse(text));
    } catch {
      // Another version of this script, or another script, wrote it.
      return NOTHING;
    }
  }

  save(conversationId: string, kept: KeptInput): void {
    const key = keyOf(conversationId);
    const isEmpty = kept.draft === '' && kept.pending.length === 0;
    const text = isEmpty ? null : JSON.stringify(kept);
    try {
      if (text === null) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, text);
      this.fallback.delete(key);
    } catch {
      if (text === null) this.fallback.delete(key);
      else this.fallback.set(key, text);
    }
  }

  private read(key: string): string | null {
    try {
      return this.fallback.get(key) ?? sessionStorage.getItem(key);
    } catch {
      return this.fallback.get(key) ?? null;
    }
  }
}

const keyOf = (conversationId: string): string => `baton-chat:${conversationId}`;

const readKept = (value: unknown): KeptInput => {
  const { draft, pending } = (value ?? {}) as { draft?: unknown; pending?: unknown };
  return {
    draft: typeof draft === 'string' ? draft : '',
    pending: Array.isArray(pending) ? pending.filter(isPending) : [],
  };
};

const isPending = (value: unknown): value is PendingMessage => {
  const { turnId, text } = (value ?? {}) as { turnId?: unknown; text?: unknown };
  return typeof turnId === 'string' && typeof text === 'string';
};
