export const FINDING_KINDS = [
  'row-altered',
  'row-removed',
  'row-inserted',
  'root-altered',
  'root-removed',
  'root-differs',
  'minute-unsealed',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Something that is not as it was sealed, and which row or minute it is. */
export interface Finding {
  readonly kind: FindingKind;
  readonly tenant_id: string;
  readonly minute: string | null;
  /** Of the root. */
  readonly seq: number | null;
  readonly audit_id: string | null;
  readonly message: string;
}

export interface Verdict {
  readonly tenant_id: string;
  /** Rows that were held against a root. */
  readonly rows: number;
  readonly roots: number;
  /** Rows so new that their minute has no root yet. */
  readonly pending: number;
  /** The last root: what to keep elsewhere. */
  readonly head: { readonly seq: number; readonly minute: string; readonly hash: string } | null;
  readonly findings: readonly Finding[];
}
