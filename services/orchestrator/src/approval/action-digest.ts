import { keyedHash } from '@baton/service';
import canonicalize from 'canonicalize';

/** One exact action: what of it changes makes it another. */
export interface Action {
  readonly tenant_id: string;
  readonly run_id: string;
  readonly workflow: { readonly name: string; readonly version: number };
  readonly node_id: string;
  readonly call_id: string;
  readonly steps: readonly { readonly tool: string; readonly args: unknown }[];
}

/**
 * Keyed SHA-256 over the action in the JSON Canonicalization Scheme (RFC 8785). Keyed, since arguments are few and
 * could be guessed from a bare hash.
 */
export const actionDigest = (key: Buffer, action: Action): string =>
  keyedHash(key, canonicalText({ ...action, steps: action.steps.map(({ tool, args }) => ({ tool, args })) }));

/** @throws TypeError for what JSON can't say */
export const canonicalText = (value: unknown): string => {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('An action must be JSON');
  return text;
};
