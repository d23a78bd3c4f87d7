import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findBrowser } from './find-browser.js';
import { launchBrowser } from './launch-browser.js';

describe('the browser of the tests', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'baton-browser-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const program = async (name: string, script: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, `#!/bin/sh\ncd "${folder}"\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  };

  it('is the one that CHROME_PATH names, else the first on the PATH', async () => {
    const chrome = await program('google-chrome', '');
    const options = { folders: [folder], isRoot: true };
    await expect(findBrowser(options, {})).resolves.toBe(chrome);
    const chromium = await program('chromium', '');
    await expect(findBrowser(options, {})).resolves.toBe(chromium);
    await expect(findBrowser(options, { CHROME_PATH: chrome })).resolves.toBe(chrome);
    await expect(findBrowser(options, { CHROME_PATH: join(folder, 'none') })).rejects.toThrow('no file');
  });

  it('is brought by the package manager where there is none', async () => {
    await program('apt-get', 'if [ "$1" = install ]; then echo > "$4"; chmod +x "$4"; fi');
    await expect(findBrowser({ folders: [folder], isRoot: true }, {})).resolves.toBe(
      join(folder, 'chromium'),
    );
  });

  it('says what would help where it cannot be brought', async () => {
    await expect(findBrowser({ folders: [folder], isRoot: false }, {})).rejects.toThrow(
      /chromium is not installed here[^]*apt-get install chromium[^]*CHROME_PATH/,
    );
  });

  it('shows a page', async () => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.setContent('<h1>Baton</h1>');
      await expect(page.textContent('h1')).resolves.toBe('Baton');
    } finally {
      await browser.close();
    }
  });
});
