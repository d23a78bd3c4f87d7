import type { Loaded } from './conversation.repository.js';

const MOST = 5000;
/** What an erasure on another replica leaves here is gone by then. */
const KEPT_MS = 60_000;

/** The conversations that this process saw last: most turns need none of them read again. */
export class RecentConversations {
  private readonly entries = new Map<string, { readonly loaded: Loaded; readonly until: number }>();

  constructor(private readonly elapsed: () => number = () => performance.now()) {}

  get(tenantId: string, conversationId: string): Loaded | undefined {
    const entry = this.entries.get(`${tenantId}/${conversationId}`);
    return entry && entry.until > this.elapsed() ? entry.loaded : undefined;
  }

  put(tenantId: string, conversationId: string, loaded: Loaded): void {
    const key = `${tenantId}/${conversationId}`;
    this.entries.delete(key);
    this.entries.set(key, { loaded, until: this.elapsed() + KEPT_MS });
    if (this.entries.size > MOST) this.entries.delete(this.entries.keys().next().value as string);
  }

  forget(tenantId: string, conversationId: string): void {
    this.entries.delete(`${tenantId}/${conversationId}`);
  }
}
