import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import { opening, sealing } from './sealed-stream.js';

const KEY = randomBytes(32);
const CHUNK = 256 * 1024;

/** In pieces of uneven size, as files and sockets bring them. */
const pieces = (bytes: Buffer, size: number): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    ),
  );
const seal = (bytes: Buffer, context = 'table'): Promise<Buffer> =>
  buffer(pieces(bytes, 70_001).pipe(sealing(KEY, context)));
const open = (bytes: Buffer, context = 'table', key = KEY): Promise<Buffer> => {
  const opened = opening(key, context);
  pieces(bytes, 33_333).pipe(opened);
  return buffer(opened);
};

describe('a sealed stream', () => {
  it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17])(
    'of %i bytes opens to what it was',
    async (size) => {
      const plain = randomBytes(size);
      const sealed = await seal(plain);
      expect((await open(sealed)).equals(plain)).toBe(true);
    },
  );

  it('opens under no other key and no other name', async () => {
    const sealed = await seal(Buffer.from('something'));
    await expect(open(sealed, 'table', randomBytes(32))).rejects.toThrow('its key is another');
    await expect(open(sealed, 'other')).rejects.toThrow('was changed');
  });

  it('is refused when it is cut short, even between two chunks', async () => {
    const sealed = await seal(randomBytes(3 * CHUNK));
    const header = 8 + 7;
    const chunk = 4 + CHUNK + 16;
    for (const length of [0, 3, header, header + 2, header + chunk, header + 2 * chunk, sealed.length - 1])
      await expect(open(sealed.subarray(0, length))).rejects.toThrow();
  });

  it('is refused when a bit is changed, a chunk moved, or something put behind it', async () => {
    const sealed = await seal(randomBytes(2 * CHUNK + 5));
    const header = 8 + 7;
    const chunk = 4 + CHUNK + 16;
    for (const at of [0, 9, header + 1, header + 50, header + chunk + 50, sealed.length - 1]) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(open(changed)).rejects.toThrow();
    }
    const [first, second] = [
      sealed.subarray(header, header + chunk),
      sealed.subarray(header + chunk, header + 2 * chunk),
    ];
    const swapped = Buffer.concat([
      sealed.subarray(0, header),
      second,
      first,
      sealed.subarray(header + 2 * chunk),
    ]);
    await expect(open(swapped)).rejects.toThrow();
    await expect(open(Buffer.concat([sealed, Buffer.from('more')]))).rejects.toThrow();
  });
});
