import { linesOfArguments, timeLeft, titleOfTool, wordsOfName, wordsOfPath } from './plan-words.js';

describe('a plan in words', () => {
  it('names tools and arguments by what they are called', () => {
    expect(titleOfTool('orders.refund')).toBe('Refund (orders)');
    expect(titleOfTool('mcp.crm.create_ticket')).toBe('Create ticket (mcp crm)');
    expect(titleOfTool('shutdown')).toBe('Shutdown');
    expect(['order_id', 'orderId', 'ORDER-ID', '__'].map(wordsOfName)).toEqual([
      'Order id',
      'Order id',
      'Order id',
      '__',
    ]);
  });

  it('shows every argument in its own type', () => {
    const args = { order_id: '0600', amount: 600, notify: false, note: null, lines: [{ sku: 'a' }] };
    expect(linesOfArguments(args).map(({ label, kind, value }) => [label, kind, value])).toEqual([
      ['Order id', 'text', '0600'],
      ['Amount', 'number', '600'],
      ['Notify', 'flag', 'false'],
      ['Note', 'none', '–'],
      ['Lines', 'json', '[\n  {\n    "sku": "a"\n  }\n]'],
    ]);
    expect(linesOfArguments('text')).toEqual([{ name: '', label: '', kind: 'text', value: 'text' }]);
    expect([linesOfArguments(null), linesOfArguments({})]).toEqual([[], []]);
  });

  it('names what would hide in it: an order that reads otherwise, words between words', () => {
    const args = {
      order_id: '1001\u202e3009\u202c',
      note: 'a\u200bb\u0007\tc\n\u{e0041}',
      '\u2066x': [{ sku: '\u202e' }],
    };
    expect(linesOfArguments(args).map(({ label, value }) => [label, value])).toEqual([
      ['Order id', '1001⟨U+202E⟩3009⟨U+202C⟩'],
      ['Note', 'a⟨U+200B⟩b⟨U+0007⟩\tc\n⟨U+E0041⟩'],
      ['⟨u+2066⟩x', '[\n  {\n    "sku": "⟨U+202E⟩"\n  }\n]'],
    ]);
    // Joiners within emoji and right-to-left scripts are what they look like.
    const plain = '👩‍💻 می‌خواهم שלום';
    expect(linesOfArguments(plain)[0]?.value).toBe(plain);
  });

  it('names what an edit changes', () => {
    expect(['steps[0].args.order_id', 'steps[1].tool', 'steps[2]', 'request'].map(wordsOfPath)).toEqual([
      { step: 1, what: 'Order id' },
      { step: 2, what: 'Tool' },
      { step: 3, what: 'steps[2]' },
      { step: null, what: 'Request' },
    ]);
  });

  it('says how long there is', () => {
    expect([-5, 0, 900, 65_000, 3_599_000, 3 * 3_600_000, 96 * 3_600_000].map(timeLeft)).toEqual([
      '0:00',
      '0:00',
      '0:01',
      '1:05',
      '59:59',
      '3 h',
      '4 d',
    ]);
  });
});
