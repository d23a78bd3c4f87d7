// Checks, with nothing of Baton's, that a row of the audit trail is in a root that you kept.
//   node verify-audit-proof.mjs row.json proof.json root.json
// row.json: GET /api/v1/audit/{id} (or a line of an export); proof.json: GET /api/v1/audit/{id}/proof; root.json: the root as it was kept.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [row, proof, root] = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')));

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
const sorted = (value) =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(
        Object.keys(value)
          .sort()
          .map((key) => [key, sorted(value[key])]),
      )
    : value;
const canonical = (value) => Buffer.from(JSON.stringify(sorted(value)));

// RFC 6962, section 2.1: byte 0 before a leaf, byte 1 before two nodes; the left half is the largest power of two.
const climb = (leaf, index, size, path) => {
  if (size === 1) return path.length === 0 ? leaf : undefined;
  let left = 1;
  while (left * 2 < size) left *= 2;
  const sibling = Buffer.from(path.at(-1), 'hex');
  const rest = path.slice(0, -1);
  return index < left
    ? sha256(Buffer.of(1), climb(leaf, index, left, rest), sibling)
    : sha256(Buffer.of(1), sibling, climb(leaf, index - left, size - left, rest));
};

const { tenant_id, seq, minute, size, root_hash, previous_hash } = root;
const statement = { tenant_id, seq, minute, size, root_hash, previous_hash };
const leaf = sha256(Buffer.of(0), canonical(row));
const isRoot = sha256(Buffer.of(2), canonical(statement)).toString('hex') === root.hash;
const isIn = climb(leaf, proof.leaf_index, size, proof.audit_path)?.toString('hex') === root_hash;
console.log(isRoot && isIn ? `${row.audit_id} is in root ${seq}` : `${row.audit_id} is NOT in root ${seq}`);
process.exitCode = isRoot && isIn ? 0 : 1;
