import { createHash } from 'node:crypto';

import { keyedHash, sameSecret } from '@baton/service';

import { canonicalJson } from '../http/call.js';

const ID_BYTES = 16;
const HASH_BYTES = 32;
/** Apart from leaves (0) and nodes (1). */
const ROOT_PREFIX = Buffer.of(2);
/** What the first root of a tenant holds as the hash of the one before. */
export const NO_ROOT = Buffer.alloc(HASH_BYTES);

/** What a root says of a minute, and what its hash is over. */
export interface RootStatement {
  readonly tenant_id: string;
  /** From 1, without a gap. */
  readonly seq: number;
  readonly minute: string;
  /** How many rows. */
  readonly size: number;
  readonly root_hash: string;
  readonly previous_hash: string;
}

/** A root as it is shown: what an operator keeps elsewhere. */
export interface RootView extends RootStatement {
  readonly hash: string;
  readonly sealed_at: string;
}

export interface Leaf {
  readonly auditId: string;
  readonly hash: Buffer;
}

/** SHA-256 of a byte 2 and the statement as JSON with sorted keys and no white space. */
export const hashOfRoot = (statement: RootStatement): Buffer => {
  const { tenant_id, seq, minute, size, root_hash, previous_hash } = statement;
  return createHash('sha256')
    .update(ROOT_PREFIX)
    .update(canonicalJson({ tenant_id, seq, minute, size, root_hash, previous_hash }))
    .digest();
};

/** Whoever has the database only can't make it. */
export const macOfRoot = (key: Buffer, hash: Buffer): Buffer =>
  Buffer.from(keyedHash(key, hash.toString('hex')), 'hex');

export const isMacOf = (key: Buffer, hash: Buffer, mac: Buffer): boolean =>
  sameSecret(macOfRoot(key, hash).toString('hex'), mac.toString('hex'));

const PREFIX = 'aud_';

/** Ids and hashes of leaves, 48 bytes each: what says which row it was. */
export const packLeaves = (leaves: readonly Leaf[]): Buffer =>
  Buffer.concat(
    leaves.flatMap(({ auditId, hash }) => [
      Buffer.from(auditId.slice(PREFIX.length).replaceAll('-', ''), 'hex'),
      hash,
    ]),
  );

export const unpackLeaves = (packed: Buffer): Leaf[] => {
  const size = ID_BYTES + HASH_BYTES;
  return Array.from({ length: Math.floor(packed.length / size) }, (_, index) => {
    const leaf = packed.subarray(index * size, (index + 1) * size);
    const id = leaf.subarray(0, ID_BYTES).toString('hex');
    const uuid = [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)];
    return { auditId: `${PREFIX}${uuid.join('-')}`, hash: Buffer.from(leaf.subarray(ID_BYTES)) };
  });
};
