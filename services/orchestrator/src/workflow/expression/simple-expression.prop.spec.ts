import fc from 'fast-check';
import jsonata from 'jsonata';

import { parseExpression } from './expression.js';
import { evaluateSimple, GIVES_UP } from './simple-expression.js';
import { isTruthy } from './truth.js';

const NAMES = ['input', 'nodes', 'a', 'b', 'x y', 'length', 'constructor'];

const json = fc.letrec((tie) => ({
  scalar: fc.oneof(
    fc.constantFrom('', 'a', 'b', 'human', '1'),
    fc.integer({ min: -2, max: 3 }),
    fc.boolean(),
    fc.constant(null),
    fc.constant(0.5),
  ),
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    tie('scalar'),
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 4 }),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
}));
const scope = fc.dictionary(fc.constantFrom(...NAMES), json.value, { minKeys: 1, maxKeys: 5 });

const path = fc
  .array(fc.constantFrom('input', 'nodes', 'a', 'b', '`x y`', 'length', 'constructor'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((names) => names.join('.'));
const literal = fc.constantFrom("'a'", '"human"', "''", '1', '-1', '0', '0.5', 'true', 'false', 'null');
const source = fc.letrec<{ operand: string; expression: string }>((tie) => ({
  operand: fc.oneof(path, literal),
  expression: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    tie('operand'),
    fc
      .tuple(tie('operand'), fc.constantFrom('=', '!=', '<', '<=', '>', '>='), tie('operand'))
      .map((parts) => parts.join(' ')),
    fc
      .tuple(tie('expression'), fc.constantFrom('and', 'or'), tie('expression'))
      .map((parts) => parts.join(' ')),
    fc
      .tuple(tie('expression'), tie('expression'), tie('expression'))
      .map(([condition, then, otherwise]) => `${condition} ? ${then} : ${otherwise}`),
  ),
})).expression;

describe('simple expressions', () => {
  it('come to what JSONata comes to, or give up', async () => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(source, scope, async (text, data) => {
        const { simple } = parseExpression(text);
        if (!simple) return;
        const mine = evaluateSimple(simple, data);
        if (mine === GIVES_UP) return;
        answered += 1;
        const theirs: unknown = await jsonata(text).evaluate(structuredClone(data));
        expect(mine).toEqual(theirs);
      }),
      { numRuns: 3000 },
    );
    expect(answered).toBeGreaterThan(1000);
  });

  it('hold by the same values that $boolean holds by', async () => {
    await fc.assert(
      fc.asyncProperty(json.value, async (value) => {
        const theirs: unknown = await jsonata('$boolean($$.v)').evaluate({ v: value });
        expect(isTruthy(value)).toBe(theirs ?? false);
      }),
    );
  });
});
