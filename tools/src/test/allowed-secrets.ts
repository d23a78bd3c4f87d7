import type { ScanReport } from '@baton/testkit';

/** A secret that lies where a test put it on purpose, and why that is no leak. */
export interface AllowedSecret {
  readonly test: string;
  readonly source: ScanReport['source'];
  readonly place: RegExp;
  readonly kind: string;
  readonly reason: string;
}

export const ALLOWED_SECRETS: readonly AllowedSecret[] = [];
