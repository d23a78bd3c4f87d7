import { toolResult, type CutResult } from './tool-result.js';

describe('the result of a tool', () => {
  it('is what its JSON says', () => {
    const at = new Date(0);
    expect(toolResult({ at, gone: undefined, list: [1, undefined] })).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      list: [1, null],
    });
    expect(toolResult(undefined)).toBeNull();
  });

  it('holds no character that the database refuses', () => {
    expect(toolResult({ 'k\u0000': 'a\u0000b', half: 'x\ud800y' })).toEqual({
      'k\ufffd': 'a\ufffdb',
      half: 'x\ufffdy',
    });
  });

  it.each([
    ['text', 'é'.repeat(100_000)],
    ['quotes, which grow when they are written', { text: '"\\\n'.repeat(60_000) }],
    ['characters of four bytes', { text: '😀'.repeat(40_000) }],
  ])('is cut to 64 kB and says so: %s', (_what, value) => {
    const cut = toolResult(value) as CutResult;

    expect(cut.truncated).toBe(true);
    expect(cut.bytes).toBe(Buffer.byteLength(JSON.stringify(value)));
    expect(cut.note).toContain(String(cut.bytes));
    expect(Buffer.byteLength(JSON.stringify(cut))).toBeLessThanOrEqual(64 * 1024);
    expect(JSON.stringify(value).startsWith(cut.beginning)).toBe(true);
  });

  it('stays whole at exactly 64 kB', () => {
    const value = 'x'.repeat(64 * 1024 - 2);
    expect(toolResult(value)).toBe(value);
  });
});
