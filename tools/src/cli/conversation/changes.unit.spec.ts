import { changesBetween } from './changes.js';
import { typeMatcher } from './log.js';

describe('what changed between two states', () => {
  it('is named field by field, with its path', () => {
    expect(
      changesBetween(
        { state: 'NEW', customer: { id: 'c', name: null }, usage: { cost_usd: '0' }, tags: ['a'] },
        {
          state: 'FINISHED',
          customer: { id: 'c', name: 'Ana' },
          usage: { cost_usd: '0' },
          tags: ['a', 'b'],
          turns: 1,
        },
      ),
    ).toEqual([
      { path: 'state', from: 'NEW', to: 'FINISHED' },
      { path: 'customer.name', from: null, to: 'Ana' },
      { path: 'tags', from: ['a'], to: ['a', 'b'] },
      { path: 'turns', from: null, to: 1 },
    ]);
  });

  it('is nothing where nothing did', () => {
    expect(changesBetween({ a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 2 }] } })).toEqual([]);
  });

  it('is everything at the first version', () => {
    expect(changesBetween({}, { state: 'NEW' })).toEqual([{ path: 'state', from: null, to: 'NEW' }]);
  });
});

describe('a pattern of event types', () => {
  it.each([
    ['turn_completed', 'conversation.turn_completed', true],
    ['conversation.*', 'conversation.started', true],
    ['*turn*', 'conversation.turn_started', true],
    ['turn', 'conversation.turn_started', false],
    ['conversation.turn_started', 'conversationXturn_started', false],
    ['(a+)+*', 'conversation.started', false],
  ])('%s of %s: %s', (pattern, type, fits) => {
    expect(typeMatcher(pattern)(type)).toBe(fits);
  });
});
