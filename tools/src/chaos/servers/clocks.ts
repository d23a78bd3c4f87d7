import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LIBRARIES = '/usr/lib';
const LIBRARY = 'libfaketimeMT.so.1';

/** Wall clocks of single services that can be set wrong while they run, by libfaketime. Timers are left alone. */
export class Clocks {
  private constructor(
    private readonly library: string,
    private readonly folder: string,
  ) {
    mkdirSync(folder, { recursive: true });
  }

  /** Undefined where libfaketime is not installed (Debian: `faketime`). */
  static find(folder: string): Clocks | undefined {
    const library = readdirSync(LIBRARIES)
      .map((name) => join(LIBRARIES, name, 'faketime', LIBRARY))
      .find((path) => existsSync(path));
    return library === undefined ? undefined : new Clocks(library, folder);
  }

  environment(service: string): NodeJS.ProcessEnv {
    this.set(service, 0);
    return {
      LD_PRELOAD: this.library,
      FAKETIME_TIMESTAMP_FILE: join(this.folder, service),
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** From a second from now on, in every life of the service. */
  set(service: string, offsetSeconds: number): void {
    writeFileSync(join(this.folder, service), `${offsetSeconds < 0 ? '' : '+'}${offsetSeconds}s\n`);
  }
}
