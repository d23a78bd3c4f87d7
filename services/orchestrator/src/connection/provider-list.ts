import type { Page, ProviderView } from '@baton/contracts';

import { decodeCursor, encodeCursor } from '../conversation/cursor.js';
import type { ConnectionReads } from './connection.reads.js';
import type { Provider } from './provider/provider.js';
import type { ProviderRegistry } from './provider/provider-registry.js';
import type { TokenKeyring } from './token-keyring.js';

/** What a tenant may connect to, by name, and what it is connected to. */
export class ProviderList {
  constructor(
    private readonly parts: {
      readonly providers: ProviderRegistry;
      readonly reads: Pick<ConnectionReads, 'liveProviders'>;
      readonly keyring: TokenKeyring;
    },
  ) {}

  async page(
    tenantId: string,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<ProviderView>> {
    const [after] = decodeCursor(cursor, 1);
    const found = this.parts.providers.list().filter(({ name }) => after === undefined || name > after);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const live = await this.parts.reads.liveProviders(tenantId);
    return {
      items: page.map((provider) => this.view(provider, live)),
      next_cursor: found.length > limit && last ? encodeCursor([last.name]) : null,
    };
  }

  private view(provider: Provider, live: ReadonlySet<string>): ProviderView {
    const { name, description, scopes, optionalScopes } = provider;
    const unavailable_reason = this.missing(provider);
    return {
      provider: name,
      description,
      scopes,
      optional_scopes: optionalScopes,
      available: unavailable_reason === null,
      unavailable_reason,
      connected: live.has(name),
    };
  }

  private missing({ client }: Provider): string | null {
    if (client.kind === 'missing') return `${client.variable} is not set`;
    return this.parts.keyring.isEmpty ? 'BATON_TOKEN_KEYS is not set' : null;
  }
}
