import { decodeEmbedding, encodeEmbedding } from './embedding-codec.js';
import { storable, turnText } from './turn-text.js';

describe('an embedding on the wire', () => {
  it('comes back as the float32 numbers that went in', () => {
    const vector = [1, -0.25, 3.4028234663852886e38, 1e-45, 0];
    expect([...decodeEmbedding(encodeEmbedding(vector))]).toEqual([...Float32Array.from(vector)]);
  });

  it('is little-endian: 1.0 is 0000803f', () => {
    expect(Buffer.from(encodeEmbedding([1]), 'base64').toString('hex')).toBe('0000803f');
  });
});

describe('the text of a turn', () => {
  it('holds both sides', () => {
    expect(turnText({ input: ' Where is it? ', reply: 'On its way.' })).toBe(
      'Customer: Where is it?\nAgent: On its way.',
    );
  });

  it('holds the one side there is', () => {
    expect(turnText({ input: 'Hello?', reply: null })).toBe('Customer: Hello?');
    expect(turnText({ input: '', reply: 'Welcome back.' })).toBe('Agent: Welcome back.');
    expect(turnText({ input: ' ', reply: null })).toBe('');
  });

  it('is text that PostgreSQL takes, whatever was sent', () => {
    expect(storable('a\u0000b\ud800c')).toBe('ab\ufffdc');
  });
});
