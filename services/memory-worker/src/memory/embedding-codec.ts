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
  const vector = new Float32Array(Math.floor(bytes.length / 4));
  for (let index = 0; index < vector.length; index += 1) vector[index] = bytes.readFloatLE(index * 4);
  return vector;
};
