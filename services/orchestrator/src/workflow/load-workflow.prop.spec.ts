import { readdirSync, readFileSync } from 'node:fs';

import fc from 'fast-check';

import { BUILTIN_TOOL_NAMES } from '../tool/builtin/builtin-tool-names.js';
import { isModelName } from './load/catalog.js';
import { loadWorkflow } from './load-workflow.js';

const catalog = {
  tools: BUILTIN_TOOL_NAMES,
  agents: new Set(['simple', 'reasoning']),
  knowsModel: isModelName,
};
const folder = new URL('../../../../config/workflows/', import.meta.url);
const samples = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));

type Damage = (lines: string[]) => string[];

const JUNK = [
  '{',
  '}}',
  '- - -',
  '&a *a',
  '? ?',
  '!!x',
  'nodes:',
  '"',
  "'",
  '\t',
  '|',
  '~',
  '\u0000',
  '{{',
  '[[[[',
];

/** One thing that may happen to a file while somebody edits it. */
const damage: fc.Arbitrary<Damage> = fc
  .record({
    at: fc.nat(),
    kind: fc.constantFrom('drop', 'double', 'swap', 'indent', 'cut', 'junk', 'rename', 'value'),
    junk: fc.oneof(fc.constantFrom(...JUNK), fc.string({ maxLength: 12 })),
  })
  .map(({ at, kind, junk }) => (lines) => {
    const index = at % Math.max(lines.length, 1);
    const line = lines[index] ?? '';
    const put = (...replacement: string[]): string[] => lines.toSpliced(index, 1, ...replacement);
    switch (kind) {
      case 'drop':
        return put();
      case 'double':
        return put(line, line);
      case 'swap':
        return put(lines[index + 1] ?? '', line);
      case 'indent':
        return put(`  ${line}`);
      case 'cut':
        return put(line.slice(0, Math.floor(line.length / 2)));
      case 'junk':
        return put(line, junk);
      case 'rename':
        return put(line.replace(/[a-z_]+:/, `${junk}:`));
      case 'value':
        return put(line.replace(/: .*$/, `: ${junk}`));
    }
  });

describe('a damaged workflow file', () => {
  it('is taken or refused, and never crashes the loader; each error has its place in the file', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(damage, { minLength: 1, maxLength: 4 }),
        (sample, damages) => {
          const text = damages.reduce((lines, harm) => harm(lines), sample.split('\n')).join('\n');
          const { ok, errors } = loadWorkflow(text, catalog);
          if (ok) return;
          refused += 1;
          expect(errors.length).toBeGreaterThan(0);
          const lines = text.split('\n');
          for (const { line, column, message } of errors) {
            expect(line).toBeGreaterThanOrEqual(1);
            expect(line).toBeLessThanOrEqual(lines.length + 1);
            expect(column).toBeGreaterThanOrEqual(1);
            expect(message).not.toBe('');
          }
        },
      ),
      { numRuns: 1000 },
    );
    expect(refused).toBeGreaterThan(200);
  });

  it('never crashes the loader, whatever it holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.json()), (text) => {
        const { errors } = loadWorkflow(text, catalog);
        expect(errors?.length).toBeGreaterThan(0);
      }),
    );
  });
});
