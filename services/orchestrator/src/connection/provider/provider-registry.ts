import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { BatonError, type FieldError } from '@baton/contracts';

import { type Environment, loadProvider } from './load-provider.js';
import type { Provider } from './provider.js';

const YAML = /\.ya?ml$/;

/** Hears what became of the folder's files. */
export interface ProviderObserver {
  loaded(file: string, provider: Provider): void;
  refused(file: string, errors: readonly FieldError[]): void;
}

/** The services that tenants may connect to. */
export class ProviderRegistry {
  private constructor(private readonly byName: ReadonlyMap<string, Provider>) {}

  static of(providers: readonly Provider[]): ProviderRegistry {
    return new ProviderRegistry(new Map(providers.map((provider) => [provider.name, provider])));
  }

  /** Reads every file of the folder; a bad one is refused, the others are there all the same. No folder: no providers. */
  static async load(folder: string, env: Environment, observer: ProviderObserver): Promise<ProviderRegistry> {
    const byName = new Map<string, Provider>();
    for (const file of await filesIn(folder)) {
      const loaded = loadProvider(await readFile(join(folder, file), 'utf8'), env);
      if ('errors' in loaded) observer.refused(file, loaded.errors);
      else if (byName.has(loaded.ok.name))
        observer.refused(file, [
          { path: 'name', message: `"${loaded.ok.name}" is the name of another file too` },
        ]);
      else {
        byName.set(loaded.ok.name, loaded.ok);
        observer.loaded(file, loaded.ok);
      }
    }
    return new ProviderRegistry(byName);
  }

  get names(): ReadonlySet<string> {
    return new Set(this.byName.keys());
  }

  /** By name. */
  list(): readonly Provider[] {
    return [...this.byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(name: string): Provider | undefined {
    return this.byName.get(name);
  }

  /** @throws BatonError `not-found` */
  get(name: string): Provider {
    const provider = this.byName.get(name);
    if (!provider) throw new BatonError('not-found', `There is no provider "${name}" to connect to`);
    return provider;
  }
}

const filesIn = async (folder: string): Promise<string[]> => {
  try {
    return (await readdir(folder)).filter((file) => YAML.test(file)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
};
