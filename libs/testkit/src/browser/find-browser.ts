import { statSync } from 'node:fs';

import { binaryFolders, findBinary } from '../servers/find-binary.js';
import { installServer, type InstallOptions } from '../servers/install-server.js';

/** Any of them speaks what the tests drive a browser by. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'] as const;

/**
 * The path of a Chromium: the one that `CHROME_PATH` names, else one on the PATH, else what the system's package manager brings.
 * Throws when there is none and none can be brought without a password; the message names every way that is left.
 */
export const findBrowser = async (
  options: InstallOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> => {
  const named = env['CHROME_PATH'];
  if (named) {
    if (!statSync(named, { throwIfNoEntry: false })?.isFile())
      throw new Error(`CHROME_PATH names ${named}, which is no file`);
    return named;
  }
  const folders = options.folders ?? binaryFolders();
  for (const name of NAMES) {
    const found = findBinary(name, folders);
    if (found !== undefined) return found;
  }
  return installServer('chromium', options);
};
