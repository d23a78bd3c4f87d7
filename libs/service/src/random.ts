import { randomFillSync } from 'node:crypto';

const POOL_BYTES = 8192;

let pool = Buffer.allocUnsafe(0);
let next = 0;

/** So many random bytes for an id or a nonce, cut from a supply: OpenSSL takes as long for twelve as for thousands. */
export const randomPart = (bytes: number): Buffer => {
  if (next + bytes > pool.length) {
    // A new one each time: what was given away is the caller's.
    pool = randomFillSync(Buffer.allocUnsafeSlow(POOL_BYTES));
    next = 0;
  }
  next += bytes;
  return pool.subarray(next - bytes, next);
};
