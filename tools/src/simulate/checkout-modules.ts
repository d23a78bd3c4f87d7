import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { findCheckout } from '@baton/system';

/** Where this file is, so are the services: sources beside sources, builds beside builds. */
const IS_SOURCE = import.meta.url.endsWith('.ts');

/**
 * What the simulator takes of a service's module. No package may depend on a service; the simulator runs what they are
 * made of, so it loads them by their path, as the processes of a system are started by theirs.
 */
export const serviceModule = async <M extends object>(service: string, path: string): Promise<M> => {
  const folder = join(findCheckout(), 'services', service, IS_SOURCE ? 'src' : 'dist');
  return (await import(pathToFileURL(join(folder, `${path}${IS_SOURCE ? '.ts' : '.js'}`)).href)) as M;
};

/** A class that is only passed on: a module, or the token of a provider. */
export type ModuleClass = new (...args: never[]) => object;
