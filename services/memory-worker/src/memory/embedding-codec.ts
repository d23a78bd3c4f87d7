import { endianness } from 'node:os';

/** Where the host's own order is that of the wire, a vector is read as it lies there: a search reads many. */
const IS_LITTLE_ENDIAN = endianness() === 'LE';

/**
 * A vector as the log and the bus carry it: float32, little-endian, base64. A DataView, since the host's own
 * order is not the wire's.
 */
export const encodeEmbedding = (vector: ArrayLike<number>): string => {
  const bytes = Buffer.alloc(vector.length * 4);
  for (let index = 0; index < vector.length; index += 1) bytes.writeFloatLE(vector[index] ?? 0, index * 4);
  return bytes.toString('base64');
};

export const decodeEmbedding = (encoded: string): Float32Array => fromBytes(Buffer.from(encoded, 'base64'));

/** The same bytes as PostgreSQL keeps them. */
export const fromBytes = (bytes: Buffer): Float32Array => {
  const length = Math.floor(bytes.length / 4);
  if (IS_LITTLE_ENDIAN) {
    const start = bytes.byteOffset;
    return new Float32Array(bytes.buffer.slice(start, start + length * 4) as ArrayBuffer);
  }
  const vector = new Float32Array(length);
  for (let index = 0; index < length; index += 1) vector[index] = bytes.readFloatLE(index * 4);
  return vector;
};

/**
 * One bit a number, 1 where it is above 0, filled up to whole bytes: as PostgreSQL reads a bit string in hex.
 * Vectors that point the same way have most bits in common.
 */
export const signatureOf = (vector: ArrayLike<number>): string => {
  const bytes = Buffer.alloc(Math.ceil(vector.length / 8));
  for (let index = 0; index < vector.length; index += 1) {
    const byte = index >> 3;
    if ((vector[index] as number) > 0) bytes[byte] = (bytes[byte] as number) | (0x80 >> (index & 7));
  }
  return `x${bytes.toString('hex')}`;
};
