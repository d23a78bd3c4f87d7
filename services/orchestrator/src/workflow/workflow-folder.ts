import { watch, type FSWatcher } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type FieldError, isBatonError } from '@baton/contracts';

import { EVERY_TENANT } from './stored-workflow.js';
import type { WorkflowRegistry } from './workflow.registry.js';

/** Hears what became of the folder's files. */
export interface FolderObserver {
  loaded(workflow: { readonly file: string; readonly name: string; readonly version: number }): void;
  refused(file: string, errors: readonly FieldError[]): void;
  failed(error: unknown): void;
}

/** Editors write a file in several steps. */
const SETTLE_MS = 200;
/** Files that could not be read or stored (a database that is down) are tried again. */
const RETRY_MS = 2000;
const YAML = /\.ya?ml$/;
const NAME = /^name:\s*['"]?([A-Za-z0-9_-]+)['"]?\s*(?:#.*)?$/m;

/** The workflows that serve every tenant: one file each, loaded at start and again whenever one changes. */
export class WorkflowFolder {
  private watcher: FSWatcher | undefined;
  private settling: NodeJS.Timeout | undefined;
  private loading: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(
    private readonly folder: string,
    private readonly registry: WorkflowRegistry,
    private readonly observer: FolderObserver,
  ) {}

  /** Loads every file; a bad one is refused and keeps its last good version, the others are loaded all the same. */
  load(): Promise<void> {
    this.loading = this.loading
      .then(() => this.pass())
      .catch((error: unknown) => {
        this.observer.failed(error);
        this.again(RETRY_MS);
      });
    return this.loading;
  }

  watch(): void {
    try {
      this.watcher = watch(this.folder, { persistent: false }, () => this.again(SETTLE_MS));
      this.watcher.on('error', (error) => this.observer.failed(error));
    } catch (error) {
      this.observer.failed(error);
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.watcher?.close();
    clearTimeout(this.settling);
    await this.loading;
  }

  private again(inMs: number): void {
    clearTimeout(this.settling);
    if (this.isClosed) return;
    this.settling = setTimeout(() => void this.load(), inMs);
    this.settling.unref();
  }

  private async pass(): Promise<void> {
    const files = (await readdir(this.folder)).filter((file) => YAML.test(file)).sort();
    const offered = new Map<string, string>();
    let everyNameKnown = true;
    for (const file of files) {
      const yaml = await readFile(join(this.folder, file), 'utf8');
      const name = NAME.exec(yaml)?.[1] ?? (await this.loadFile(file, yaml));
      const twin = name === undefined ? undefined : offered.get(name);
      if (name === undefined) everyNameKnown = false;
      else if (twin === undefined) {
        offered.set(name, file);
        await this.loadFile(file, yaml);
      } else this.observer.refused(file, [{ path: 'name', message: `is the name of ${twin} too` }]);
    }
    // A file that can't be read may be the one that a workflow came from.
    if (!everyNameKnown) return;
    for (const name of await this.registry.builtinNames())
      if (!offered.has(name)) await this.registry.retire(EVERY_TENANT, name);
  }

  /** @returns its name, where it is a workflow */
  private async loadFile(file: string, yaml: string): Promise<string | undefined> {
    try {
      const { name, version } = await this.registry.put(EVERY_TENANT, null, yaml);
      this.observer.loaded({ file, name, version });
      return name;
    } catch (error) {
      if (!isBatonError(error, 'validation-failed')) throw error;
      this.observer.refused(file, error.errors ?? []);
      return undefined;
    }
  }
}
