import { execFile } from 'node:child_process';
import { readFileSync, watch, type FSWatcher } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

import { SERVICE_NAMES, type ServiceName } from '@baton/system';

import { affectedBy, type Change } from './source-changes.js';

const run = promisify(execFile);

/** What is needed of the running system to reload a part of it. */
export interface Reloadable {
  readonly checkout: string;
  readonly services: Readonly<Record<ServiceName, { restart(): Promise<void> }>>;
  migrate(service: ServiceName): Promise<void>;
}

const SETTLE_MS = 150;
const WATCHED_FOLDERS = ['services', 'libs', 'config', 'tools'];

/** Builds what changes on disk and restarts the services that it concerns, until closed. */
export const watchSources = (system: Reloadable, say: (line: string) => void): { close(): void } => {
  const reload = new Reload(system, say);
  const watchers: FSWatcher[] = WATCHED_FOLDERS.map((folder) =>
    watch(join(system.checkout, folder), { recursive: true }, (_event, file) => {
      if (file !== null) reload.noted(join(folder, file));
    }),
  );
  say('Watching the sources');
  return {
    close: () => {
      for (const watcher of watchers) watcher.close();
      reload.close();
    },
  };
};

/** Collects changes until they settle, then deals with them; what comes meanwhile is dealt with next. */
class Reload {
  private readonly changed = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private busy = false;

  constructor(
    private readonly system: Reloadable,
    private readonly say: (line: string) => void,
  ) {}

  noted(file: string): void {
    this.changed.add(file);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.settle(), SETTLE_MS);
  }

  close(): void {
    clearTimeout(this.timer);
    this.changed.clear();
  }

  private async settle(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    while (this.changed.size > 0) {
      const change = affectedBy([...this.changed]);
      this.changed.clear();
      await this.apply(change);
    }
    this.busy = false;
  }

  private async apply({ packages, services, needsNewStart }: Change): Promise<void> {
    try {
      for (const folder of packages) await this.build(folder);
      if (needsNewStart) this.say('This one counts from the next "npm run dev" on');
      const affected = services === 'all' ? SERVICE_NAMES : services;
      if (affected.length > 0) this.say(`Restarting ${affected.join(', ')}`);
      await Promise.all(affected.map((service) => this.restart(service)));
      if (affected.length > 0) this.say('Ready again');
    } catch (error) {
      this.say(`Not reloaded: ${(error as Error).message}`);
    }
  }

  private async restart(service: ServiceName): Promise<void> {
    await this.system.migrate(service);
    await this.system.services[service].restart();
  }

  /** Runs the package's own build script, without npm's second of start-up. */
  private async build(folder: string): Promise<void> {
    const cwd = join(this.system.checkout, folder);
    const { scripts } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) as {
      scripts: { build: string };
    };
    const path = [join(this.system.checkout, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
    try {
      await run('/bin/sh', ['-c', scripts.build], { cwd, env: { ...process.env, PATH: path } });
      this.say(`Built ${folder}`);
    } catch (error) {
      const { stderr, message } = error as Error & { stderr?: string };
      throw new Error(`${folder} does not build: ${stderr?.trim() || message}`, { cause: error });
    }
  }
}
