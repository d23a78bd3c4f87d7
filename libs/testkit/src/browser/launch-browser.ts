import { type Browser, chromium, type LaunchOptions } from 'playwright-core';

import { findBrowser } from './find-browser.js';

/** Root has no sandbox to hide in, and a test's browser shall call nobody but who is tested. */
const ARGS = ['--no-sandbox', '--disable-background-networking'];

/** A browser without a window for a test; the caller closes it. Throws when there is no Chromium and none can be brought. */
export const launchBrowser = async (options: LaunchOptions = {}): Promise<Browser> =>
  chromium.launch({
    executablePath: await findBrowser(),
    ...options,
    args: [...ARGS, ...(options.args ?? [])],
  });
