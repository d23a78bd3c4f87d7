import type { connectionExpired, connectionRevoked, EventOf } from '@baton/contracts';

/** What may be asked of a connection; times and what the provider said arrive with it. */
export type ConnectionCommand =
  | {
      readonly type: 'RequestConnection';
      readonly connection_id: string;
      readonly provider: string;
      readonly scopes: readonly string[];
      readonly pending_until: string;
    }
  /** The provider gave tokens. */
  | {
      readonly type: 'Connect';
      readonly scopes: readonly string[];
      readonly renewable: boolean;
      readonly expires_at: string | null;
    }
  | { readonly type: 'Fail'; readonly reason: 'denied' | 'refused'; readonly error: string | null }
  | {
      readonly type: 'Expire';
      readonly reason: EventOf<typeof connectionExpired>['data']['reason'];
      readonly error: string | null;
    }
  | {
      readonly type: 'Revoke';
      readonly at_provider: EventOf<typeof connectionRevoked>['data']['at_provider'];
    };
