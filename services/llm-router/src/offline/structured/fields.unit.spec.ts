import { extractField, isConfidence, labelsOf } from './fields.js';

describe('a property of an output schema', () => {
  it('offers its labels, with what its description says of them', () => {
    expect(
      labelsOf({
        enum: ['billing', 'return'],
        description: 'billing: questions about invoices; return: sending things back',
      }),
    ).toEqual([
      { value: 'billing', description: 'questions about invoices' },
      { value: 'return', description: 'sending things back' },
    ]);
    expect(labelsOf({ oneOf: [{ const: 'a', description: 'first' }, { const: 'b' }] })).toHaveLength(2);
    expect(labelsOf({ enum: [1, 2] })).toEqual([]);
    expect(labelsOf({ type: 'string' })).toEqual([]);
  });

  it('may ask how sure the model is', () => {
    expect(isConfidence('confidence', { type: 'number' })).toBe(true);
    expect(isConfidence('intent_confidence', { type: 'number' })).toBe(true);
    expect(isConfidence('amount', { type: 'number' })).toBe(false);
  });

  it('is filled with what the message itself says', () => {
    const text = 'Order #1003: I was charged 49.90 EUR, mail me at ana@example.com or +49 30 1234567';
    expect(extractField('order_id', { type: 'string' }, text)).toBe('1003');
    expect(extractField('amount', { type: 'number' }, text)).toBe(49.9);
    expect(extractField('email', { type: 'string' }, text)).toBe('ana@example.com');
    expect(extractField('phone', { type: 'string' }, text)).toBe('+49 30 1234567');
    expect(extractField('sku', { type: 'string', pattern: '^#\\d+$' }, text)).toBe('#1003');
  });

  it('stays empty where the message says nothing of it', () => {
    expect(extractField('order_id', { type: 'string' }, 'Where is my order?')).toBeUndefined();
    expect(extractField('amount', { type: 'number' }, 'Too much!')).toBeUndefined();
    expect(extractField('haiku', { type: 'string' }, 'Spring')).toBeUndefined();
    expect(extractField('sku', { type: 'string', pattern: '((' }, 'x')).toBeUndefined();
  });
});
