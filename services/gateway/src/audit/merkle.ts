import { createHash } from 'node:crypto';

/** Merkle trees as RFC 6962, section 2.1, has them: SHA-256, leaves and nodes hashed behind prefixes of their own. */
const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

const sha256 = (...parts: readonly (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export const leafHash = (data: Buffer | string): Buffer => sha256(LEAF, data);

const nodeHash = (left: Buffer, right: Buffer): Buffer => sha256(NODE, left, right);

/** The largest power of two below `size`: so many leaves are in the left half. */
const leftSize = (size: number): number => {
  let left = 1;
  while (left * 2 < size) left *= 2;
  return left;
};

/** The root over leaf hashes in their order; that of no leaves is the hash of nothing. */
export const merkleRoot = (leaves: readonly Buffer[]): Buffer => {
  const [only] = leaves;
  if (only === undefined) return sha256();
  if (leaves.length === 1) return only;
  const left = leftSize(leaves.length);
  return nodeHash(merkleRoot(leaves.slice(0, left)), merkleRoot(leaves.slice(left)));
};

/** The hashes that lead from the leaf at `index` to the root, from the leaf upwards. */
export const inclusionPath = (index: number, leaves: readonly Buffer[]): Buffer[] => {
  if (leaves.length <= 1) return [];
  const left = leftSize(leaves.length);
  return index < left
    ? [...inclusionPath(index, leaves.slice(0, left)), merkleRoot(leaves.slice(left))]
    : [...inclusionPath(index - left, leaves.slice(left)), merkleRoot(leaves.slice(0, left))];
};

/** The root that a leaf and its path lead to: equal to the one that was published, or the leaf is not in it. */
export const rootOfPath = (
  leaf: Buffer,
  place: { readonly index: number; readonly size: number },
  path: readonly Buffer[],
): Buffer | undefined => {
  const { index, size } = place;
  if (size === 1) return path.length === 0 && index === 0 ? leaf : undefined;
  const sibling = path.at(-1);
  if (sibling === undefined || index >= size) return undefined;
  const left = leftSize(size);
  const rest = path.slice(0, -1);
  if (index < left) {
    const below = rootOfPath(leaf, { index, size: left }, rest);
    return below && nodeHash(below, sibling);
  }
  const below = rootOfPath(leaf, { index: index - left, size: size - left }, rest);
  return below && nodeHash(sibling, below);
};
