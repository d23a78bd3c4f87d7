import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

const MOST_BYTES = 60_000;
const ROOT = join(import.meta.dirname, '..');

/** Built here: what lies in `dist` may be older than the sources. */
it('the widget is one script of less than 60 kB, gzipped', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'baton-widget-'));
  try {
    const vite = join(ROOT, '../../node_modules/vite/bin/vite.js');
    const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production' };
    await promisify(execFile)(process.execPath, [vite, 'build', '--outDir', folder, '--emptyOutDir'], {
      cwd: ROOT,
      env,
    });
    const script = await readFile(join(folder, 'widget.js'));
    expect(gzipSync(script).length).toBeLessThan(MOST_BYTES);
    // Alone: it loads nothing more, and evaluates no text.
    expect(script.toString()).not.toMatch(/\bimport\s*\(|\beval\(|new Function\(/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
