import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';

/** What a sealed file cannot be: opened with this key, cut short, changed, or taken for another one. */
export class SealedStreamError extends Error {
  override readonly name = 'SealedStreamError';
}

const MAGIC = Buffer.from('BATON-S1');
const PREFIX_BYTES = 7;
const TAG_BYTES = 16;
const LENGTH_BYTES = 4;
const CHUNK_BYTES = 256 * 1024;
const MOST_CHUNKS = 0xffff_ffff;

/**
 * AES-256-GCM in chunks, so that a file of any size is sealed and opened in constant memory and nothing of a chunk is
 * given out before it is authenticated. A nonce is prefix (7 bytes, random), number of the chunk (4), 1 for the last one:
 * chunks cannot change places, and a file that is cut short has no last one. `context` (the file's name) is
 * authenticated with each, so that files cannot be exchanged.
 */
export const sealing = (key: Buffer, context: string): Transform => new Sealing(key, context);

/** Opens what {@link sealing} made; the stream fails with a {@link SealedStreamError} otherwise. */
export const opening = (key: Buffer, context: string): Transform => new Opening(key, context);

const nonceOf = (prefix: Buffer, chunk: number, isLast: boolean): Buffer => {
  if (chunk > MOST_CHUNKS) throw new SealedStreamError('The file is too large to be sealed as one');
  const tail = Buffer.alloc(5);
  tail.writeUInt32BE(chunk, 0);
  tail.writeUInt8(isLast ? 1 : 0, 4);
  return Buffer.concat([prefix, tail]);
};

class Sealing extends Transform {
  private readonly prefix = randomBytes(PREFIX_BYTES);
  private pending = Buffer.alloc(0);
  private chunk = 0;

  constructor(
    private readonly key: Buffer,
    private readonly context: string,
  ) {
    super();
    this.push(Buffer.concat([MAGIC, this.prefix]));
  }

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.pending = Buffer.concat([this.pending, data]);
    // What may be the last chunk waits until the end is known.
    while (this.pending.length > CHUNK_BYTES) {
      this.seal(this.pending.subarray(0, CHUNK_BYTES), false);
      this.pending = this.pending.subarray(CHUNK_BYTES);
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    this.seal(this.pending, true);
    done();
  }

  private seal(plain: Buffer, isLast: boolean): void {
    const cipher = createCipheriv('aes-256-gcm', this.key, nonceOf(this.prefix, this.chunk, isLast));
    cipher.setAAD(Buffer.from(this.context));
    const body = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32BE(body.length);
    this.push(Buffer.concat([length, body]));
    this.chunk += 1;
  }
}

class Opening extends Transform {
  private prefix: Buffer | undefined;
  private pending = Buffer.alloc(0);
  private chunk = 0;

  constructor(
    private readonly key: Buffer,
    private readonly context: string,
  ) {
    super();
  }

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.pending = Buffer.concat([this.pending, data]);
    try {
      this.readHeader();
      // A chunk is opened when something follows it: then it is not the last one.
      for (let body = this.nextBody(); body && this.pending.length > LENGTH_BYTES + body.length;) {
        this.open(body, false);
        this.pending = this.pending.subarray(LENGTH_BYTES + body.length);
        body = this.nextBody();
      }
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    try {
      const body = this.nextBody();
      if (!this.prefix || !body || this.pending.length !== LENGTH_BYTES + body.length)
        throw new SealedStreamError(`${this.context} is cut short`);
      this.open(body, true);
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  private readHeader(): void {
    if (this.prefix || this.pending.length < MAGIC.length + PREFIX_BYTES) return;
    if (!this.pending.subarray(0, MAGIC.length).equals(MAGIC))
      throw new SealedStreamError(`${this.context} is no file of a backup`);
    this.prefix = Buffer.from(this.pending.subarray(MAGIC.length, MAGIC.length + PREFIX_BYTES));
    this.pending = this.pending.subarray(MAGIC.length + PREFIX_BYTES);
  }

  private nextBody(): Buffer | undefined {
    if (!this.prefix || this.pending.length < LENGTH_BYTES) return undefined;
    const length = this.pending.readUInt32BE(0);
    if (length < TAG_BYTES || length > CHUNK_BYTES + TAG_BYTES)
      throw new SealedStreamError(`${this.context} was changed`);
    if (this.pending.length < LENGTH_BYTES + length) return undefined;
    return this.pending.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  }

  private open(body: Buffer, isLast: boolean): void {
    const nonce = nonceOf(this.prefix as Buffer, this.chunk, isLast);
    const decipher = createDecipheriv('aes-256-gcm', this.key, nonce);
    decipher.setAAD(Buffer.from(this.context));
    decipher.setAuthTag(body.subarray(body.length - TAG_BYTES));
    try {
      const plain = decipher.update(body.subarray(0, body.length - TAG_BYTES));
      this.push(Buffer.concat([plain, decipher.final()]));
    } catch (cause) {
      throw new SealedStreamError(`${this.context} was changed, or its key is another`, { cause });
    }
    this.chunk += 1;
  }
}
