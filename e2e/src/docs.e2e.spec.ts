import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import { type RunningBaton, startBaton } from '@baton/system';

const exec = promisify(execFile);

/** The shell blocks of a page, in order, as one script: what a reader pastes. */
const scriptOf = async (page: string): Promise<string> => {
  const text = await readFile(page, 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map((match) => match[1] as string);
  return blocks.filter((block) => !/npm (ci|run|start)|grep /.test(block)).join('\n');
};

describe('what a page says', () => {
  let baton: RunningBaton;

  beforeAll(async () => {
    baton = await startBaton();
  }, 120_000);
  afterAll(() => baton.stop());

  it.each(['README.md', 'docs/frontend.md', 'docs/staff.md'])(
    '%s is true when followed',
    async (page) => {
      const script = (await scriptOf(page)).replaceAll('http://127.0.0.1:3000', baton.url);
      expect(script).toContain('curl');
      // -e and pipefail: the first call that does not answer well ends the page.
      const { stdout } = await exec(
        'bash',
        ['-euo', 'pipefail', '-c', script.replaceAll('curl -s ', 'curl -sf ')],
        {
          timeout: 120_000,
        },
      );
      expect(stdout).not.toContain('urn:baton:problem');
      if (page === 'README.md') {
        expect(stdout).toContain('"state":"FINISHED"');
        expect(stdout).toContain('"state":"PENDING_HUMAN"');
      }
      if (page === 'docs/staff.md') {
        expect(stdout).toContain('"state":"HUMAN_ACTIVE"');
        expect(stdout).toContain('"state":"BACK_TO_AI"');
      }
    },
    150_000,
  );
});
