import { execFile } from 'node:child_process';

/** Lints a text as if it stood in a file, by the rule on boundaries alone; resolves with its messages. */
const lint = (file: string, text: string): Promise<string[]> =>
  new Promise((resolve, reject) => {
    const args = ['node_modules/eslint/bin/eslint.js', '--no-config-lookup', '-c', 'eslint.boundaries.js'];
    const child = execFile(
      process.execPath,
      [...args, '--format', 'json', '--stdin', '--stdin-filename', file],
      { env: { ...process.env, NODE_OPTIONS: '' } },
      (error, stdout, stderr) => {
        if (stdout === '') return reject(new Error(stderr, { cause: error }));
        const [result] = JSON.parse(stdout) as [{ messages: { ruleId: string; message: string }[] }];
        resolve(result.messages.map(({ message }) => message));
      },
    );
    child.stdin?.end(text);
  });

describe('the boundaries between packages', () => {
  it('let a service import a library', async () => {
    expect(await lint('services/gateway/src/probe.ts', "import '@baton/contracts';\n")).toEqual([]);
  }, 60_000);

  it.each([
    [
      'a service another service',
      'services/gateway/src/probe.ts',
      "import '../../orchestrator/src/config.js';\n",
    ],
    ['the contracts anything of ours', 'libs/contracts/src/probe.ts', "import '@baton/service';\n"],
    ['a page what is behind the API', 'apps/widget/src/probe.ts', "import '@baton/contracts';\n"],
    ['the client anything of ours', 'clients/typescript/src/probe.ts', "import '@baton/contracts';\n"],
    ['a library a service', 'libs/bus/src/probe.ts', "import '../../../services/gateway/src/config.js';\n"],
  ])(
    'never let %s import',
    async (_what, file, text) => {
      expect((await lint(file, text)).join()).toMatch(
        /can only depend on|cannot depend on|cannot be imported|circular dependency/i,
      );
    },
    60_000,
  );
});
