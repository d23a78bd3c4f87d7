import { readFileSync } from 'node:fs';

import type { Command } from 'commander';

import { makeProgram } from './program.js';
import { Surroundings } from './surroundings.js';

const silent = { line: () => undefined, note: () => undefined };

/** The program, whose commands are read and not run. */
const readOnly = (): { program: Command; read: string[] } => {
  const program = makeProgram(new Surroundings({}), silent);
  const read: string[] = [];
  for (const command of every(program)) {
    command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    if (command.commands.length === 0 || command.name() === 'queue')
      command.action(() => void read.push(command.name()));
  }
  return { program, read };
};
const every = (command: Command): Command[] => [command, ...command.commands.flatMap(every)];

/** What stands behind `npm run baton --` in a text. */
const examplesIn = (text: string): string[] =>
  [...text.matchAll(/npm run baton -- ([^`\n#]+)/g)]
    .map(([, words]) => words?.trim() ?? '')
    .filter((words) => !words.includes('…'));

const words = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

describe('the command line', () => {
  it.each([...new Set(examplesIn(readFileSync('docs/cli.md', 'utf8')))])(
    'reads its page’s example: %s',
    async (line) => {
      const { program, read } = readOnly();
      await program.parseAsync(words(line), { from: 'user' });
      expect(read).toHaveLength(1);
    },
  );

  it('reads the examples of its own help', async () => {
    const { program } = readOnly();
    let examples = 0;
    for (const command of every(program)) {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) });
      command.outputHelp();
      if (!help.includes('Examples:')) continue;
      for (const line of examplesIn(help.slice(help.indexOf('Examples:')))) {
        const { program: fresh, read } = readOnly();
        await fresh.parseAsync(words(line), { from: 'user' });
        expect({ line, read: read.length }).toEqual({ line, read: 1 });
        examples += 1;
      }
    }
    expect(examples).toBeGreaterThan(10);
  });

  it.each([
    'conversations show',
    'backup',
    'restore',
    'conversations tail x --count 0',
    'agents fire ana',
    'queue --loud',
  ])('refuses: %s', async (line) => {
    await expect(readOnly().program.parseAsync(words(line), { from: 'user' })).rejects.toMatchObject({
      exitCode: 1,
    });
  });
});
