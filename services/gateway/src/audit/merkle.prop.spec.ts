import { createHash } from 'node:crypto';

import fc from 'fast-check';

import { inclusionPath, leafHash, merkleRoot, rootOfPath } from './merkle.js';

const texts = fc.array(fc.string(), { minLength: 1, maxLength: 40 });

describe('a Merkle tree', () => {
  it('is the one of RFC 6962, by its published test vectors', () => {
    const inputs = [
      '',
      '00',
      '10',
      '2021',
      '3031',
      '40414243',
      '5051525354555657',
      '606162636465666768696a6b6c6d6e6f',
    ];
    const leaves = inputs.map((hex) => leafHash(Buffer.from(hex, 'hex')));
    const roots = [1, 2, 3, 8].map((size) => merkleRoot(leaves.slice(0, size)).toString('hex'));
    expect(roots).toEqual([
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ]);
    expect(merkleRoot([])).toEqual(createHash('sha256').digest());
  });

  it('proves each of its leaves, at its own place only', () => {
    fc.assert(
      fc.property(texts, fc.nat(), (all, seed) => {
        const leaves = all.map((text, at) => leafHash(`${at} ${text}`));
        const index = seed % leaves.length;
        const leaf = leaves[index] as Buffer;
        const path = inclusionPath(index, leaves);
        const size = leaves.length;
        const root = merkleRoot(leaves);
        expect(rootOfPath(leaf, { index, size }, path)).toEqual(root);
        expect(rootOfPath(leafHash('another'), { index, size }, path)).not.toEqual(root);
        if (size > 1) expect(rootOfPath(leaf, { index: (index + 1) % size, size }, path)).not.toEqual(root);
        expect(rootOfPath(leaf, { index, size }, [...path, leaf])).not.toEqual(root);
      }),
    );
  });

  it('has another root once a leaf is changed, taken away, added or moved', () => {
    fc.assert(
      fc.property(texts, fc.nat(), (all, seed) => {
        const leaves = all.map((text, at) => leafHash(`${at} ${text}`));
        const at = seed % leaves.length;
        const root = merkleRoot(leaves);
        expect(merkleRoot(leaves.with(at, leafHash('changed')))).not.toEqual(root);
        expect(merkleRoot(leaves.toSpliced(at, 1))).not.toEqual(root);
        expect(merkleRoot(leaves.toSpliced(at, 0, leafHash('added')))).not.toEqual(root);
        if (leaves.length > 1) expect(merkleRoot(leaves.toReversed())).not.toEqual(root);
      }),
    );
  });
});
