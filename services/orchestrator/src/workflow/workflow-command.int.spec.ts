import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { workflowCommand } from './workflow-command.js';

const GOOD = `name: good
nodes:
  look: { type: tool, tool: orders.lookup, args: { order_id: "1001" } }
  route: { type: branch, needs: [look], cases: [{ when: input.ok, to: each }], default: ask }
  each: { type: map, over: input.list, node: { type: transform, value: item } }
  ask: { type: approval, plan: May I? }
  done: { type: sink, sink: FINISH, needs: [each, ask] }
`;

describe('npm run workflow', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'baton-workflow-'));
    await writeFile(join(folder, 'good.yaml'), GOOD);
    await writeFile(join(folder, 'bad.yaml'), 'name: bad\nnodes:\n  a: { type: tool, tool: magic.wand }\n');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = async (...args: string[]) => {
    let printed = '';
    let complained = '';
    const code = await workflowCommand(args, {
      print: (text) => (printed += text),
      complain: (text) => (complained += text),
    });
    return { code, printed, complained };
  };

  it('validate tells each error with file, line and column, and what is well', async () => {
    const [good, bad] = [join(folder, 'good.yaml'), join(folder, 'bad.yaml')];
    expect(await run('validate', good)).toEqual({
      code: 0,
      printed: `${good}: good is valid\n`,
      complained: '',
    });
    const both = await run('validate', bad, good);
    expect(both).toMatchObject({ code: 1, printed: `${good}: good is valid\n` });
    expect(both.complained).toContain(`${bad}:3:26: nodes.a.tool: There is no tool "magic.wand"`);
  });

  it('graph draws every kind of node', async () => {
    const { code, printed } = await run('graph', join(folder, 'good.yaml'));
    expect(code).toBe(0);
    expect(printed).toBe(`flowchart TD
  look[["look<br/>orders.lookup"]]
  route{"route"}
  each[/"each<br/>each item"/]
  ask{{"ask<br/>approval"}}
  done(["FINISH: done"])
  look --> route
  route -.-> each
  route -.-> ask
  each --> done
  ask --> done
`);
  });

  it('schema prints the schema for editors, or writes it', async () => {
    const { printed } = await run('schema');
    expect(JSON.parse(printed)).toMatchObject({ title: 'Baton workflow' });
    const file = join(folder, 'schema.json');
    expect((await run('schema', file)).code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(printed);
  });

  it('says how it is used where nobody knows what is wanted', async () => {
    for (const args of [[], ['validate'], ['graph', 'a', 'b'], ['dance']]) {
      const { code, complained } = await run(...args);
      expect([code, complained]).toEqual([2, expect.stringContaining('npm run workflow -- validate')]);
    }
  });
});
