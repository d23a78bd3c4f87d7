import { factsMessages, newFacts } from './facts.prompt.js';
import { summaryMessages, summaryText } from './summary.prompt.js';
import { transcript } from './transcript.js';

const turns = [
  { turn_number: 3, content: 'Customer: My Model X is broken.' },
  { turn_number: 4, content: 'Customer: I live in Riga.\nAgent: Noted.' },
];

describe('asking for a summary', () => {
  it('begins with the word by which the offline model knows what is asked', () => {
    expect(summaryMessages(null, turns)[0]?.content).toMatch(/^Summarise/);
  });

  it('gives the summary so far and the turns since, never more', () => {
    expect(summaryMessages('Wants a refund.', turns)[1]?.content).toBe(
      'Summary so far:\nWants a refund.\n\nTurns since:\nCustomer: My Model X is broken.\n\nCustomer: I live in Riga.\nAgent: Noted.',
    );
    expect(summaryMessages(null, turns)[1]?.content).not.toContain('Summary so far');
  });

  it('cuts a turn that is a whole document, and a summary that is too long', () => {
    expect(transcript([{ turn_number: 1, content: 'x'.repeat(50_000) }]).length).toBeLessThan(2100);
    expect(summaryText(`  ${'y'.repeat(9000)}  `)).toHaveLength(4000);
  });
});

describe('asking for facts', () => {
  it('says what is known already', () => {
    expect(factsMessages(['Has a dog.'], turns)[1]?.content).toContain('Known already:\n- Has a dog.');
    expect(factsMessages([], turns)[1]?.content).toBe(
      'Turns:\nTurn 3\nCustomer: My Model X is broken.\n\nTurn 4\nCustomer: I live in Riga.\nAgent: Noted.',
    );
  });

  it('takes each fact once, and none that is known', () => {
    const output = {
      facts: [
        { fact: 'Has a Model X.', turn_number: 3 },
        { fact: ' has a model x ', turn_number: 4 },
        { fact: 'Lives in Riga.', turn_number: 4 },
        { fact: 'Has a DOG', turn_number: 4 },
        { fact: '  ', turn_number: 4 },
      ],
    };
    expect(newFacts(output, ['Has a dog.'], turns)).toEqual([
      { content: 'Has a Model X.', turn_number: 3 },
      { content: 'Lives in Riga.', turn_number: 4 },
    ]);
  });

  it('names no turn as the source that was not looked at', () => {
    expect(newFacts({ facts: [{ fact: 'Is 40.', turn_number: 99 }] }, [], turns)).toEqual([
      { content: 'Is 40.', turn_number: 4 },
    ]);
  });

  it('is not flooded by a model that goes on and on', () => {
    const facts = Array.from({ length: 500 }, (_, n) => ({
      fact: `Fact ${n} ${'z'.repeat(900)}`,
      turn_number: 3,
    }));
    const taken = newFacts({ facts }, [], turns);
    expect(taken).toHaveLength(20);
    expect(taken.every((fact) => fact.content.length <= 500)).toBe(true);
  });

  it('refuses an answer of another shape', () => {
    expect(() => newFacts({ facts: 'none' }, [], turns)).toThrow();
  });
});
