import { isModelName } from './load/catalog.js';
import { loadWorkflow } from './load-workflow.js';
import {
  DURATIONS,
  EXPRESSIONS,
  type MalformedWorkflow,
  REFERENCES,
  SCHEMAS,
  SHAPE,
  SYNTAX,
} from './malformed-workflows.fixture.js';

const catalog = {
  tools: new Set(['knowledge.search', 'orders.lookup', 'orders.refund']),
  agents: new Set(['simple', 'reasoning']),
  knowsModel: isModelName,
};

const refuses = ({ yaml, says }: MalformedWorkflow): void => {
  const line = yaml.split('\n').findIndex((text) => text.includes('#!')) + 1;
  const { errors = [] } = loadWorkflow(yaml.replace('#!', ''), catalog);
  const told = errors.map((error) => `${error.line}:${error.column} ${error.path} ${error.message}`);
  const matching = errors.filter((error) => error.line === line).map(({ message }) => message);
  expect({
    line,
    told,
    found: matching.some((text) => (typeof says === 'string' ? text.includes(says) : says.test(text))),
  }).toEqual({ line, told, found: true });
  for (const error of errors) expect(error.column).toBeGreaterThan(0);
};

describe('a malformed workflow is refused at its line', () => {
  describe.each([
    ['syntax', SYNTAX],
    ['shape', SHAPE],
    ['durations', DURATIONS],
    ['expressions', EXPRESSIONS],
    ['references', REFERENCES],
    ['schemas', SCHEMAS],
  ])('%s', (_kind, files) => {
    it.each(files.map((file) => [file.because, file] as const))('%s', (_because, file) => refuses(file));
  });

  it('tells everything that is wrong at once, in the order of the file', () => {
    const { errors = [] } = loadWorkflow(
      `name: two words
nodes:
  a: { type: transform, value: "1 +", timeout: soon }
  b: { type: tool, tool: magic, needs: [c], when: "nope" }
  s: { type: sink, sink: STOP }
limits: { money: 5 }
`,
      catalog,
    );
    expect(errors.map(({ line, path }) => `${line} ${path}`)).toEqual([
      '1 name',
      '3 nodes.a.timeout',
      '4 nodes.b.tool',
      '4 nodes.b.needs.0',
      '4 nodes.b.when',
      '5 nodes.s.sink',
      '6 limits.money',
    ]);
  });
});
