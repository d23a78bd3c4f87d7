import type { Guards } from '@baton/service';

import type { Language, Sandbox, SandboxProgram, SandboxResult } from './sandbox.js';

const MOST_WAITING = 64;
const PATIENCE_MS = 45_000;

/** Lets so many programs run at once; one that waits too long is refused. */
export class LimitedSandbox implements Sandbox {
  constructor(
    private readonly inner: Sandbox,
    private readonly guards: Guards,
    private readonly atOnce: number,
  ) {}

  get driver(): Sandbox['driver'] {
    return this.inner.driver;
  }

  get languages(): readonly Language[] {
    return this.inner.languages;
  }

  get limits(): Sandbox['limits'] {
    return this.inner.limits;
  }

  /** @throws RefusedError where there was no room in time; what the sandbox throws */
  run(program: SandboxProgram, signal: AbortSignal): Promise<SandboxResult> {
    const family = this.guards.family('sandbox', {
      limit: this.atOnce,
      queue: MOST_WAITING,
      patienceMs: PATIENCE_MS,
    });
    return family.run('programs', () => this.inner.run(program, signal), { signal });
  }
}
