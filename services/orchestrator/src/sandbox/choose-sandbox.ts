import { BatonError } from '@baton/contracts';

import type {
  DriverName,
  Language,
  Sandbox,
  SandboxDriver,
  SandboxLimits,
  SandboxProgram,
  SandboxResult,
} from './sandbox.js';

/** What was found at start: a sandbox, or why there is none. */
export type SandboxChoice =
  | { readonly sandbox: Sandbox; readonly version: string; readonly passedOver: readonly PassedOver[] }
  | { readonly sandbox: null; readonly reason: string };

export interface PassedOver {
  readonly driver: DriverName;
  readonly reason: string;
}

/**
 * The first driver that proves itself; one that is asked for by name is the only one looked at. There is no
 * weaker way behind the last.
 * @param drivers strongest first
 */
export const chooseSandbox = async (
  drivers: readonly SandboxDriver[],
  limits: SandboxLimits,
  forced?: DriverName | 'none',
): Promise<SandboxChoice> => {
  if (forced === 'none') return { sandbox: null, reason: 'It is switched off (BATON_SANDBOX=none)' };
  const passedOver: PassedOver[] = [];
  for (const driver of drivers) {
    if (forced !== undefined && driver.name !== forced) continue;
    const checked = await driver.check();
    if (checked.isAvailable) {
      const { languages, version } = checked;
      return { sandbox: new CheckedSandbox(driver, languages, limits), version, passedOver };
    }
    passedOver.push({ driver: driver.name, reason: checked.reason });
  }
  const reasons = passedOver.map(({ driver, reason }) => `${driver}: ${reason}`).join('; ');
  return { sandbox: null, reason: `No sandbox can run here: ${reasons}` };
};

class CheckedSandbox implements Sandbox {
  constructor(
    private readonly by: SandboxDriver,
    readonly languages: readonly Language[],
    readonly limits: SandboxLimits,
  ) {}

  get driver(): DriverName {
    return this.by.name;
  }

  async run(program: SandboxProgram, signal: AbortSignal): Promise<SandboxResult> {
    if (!this.languages.includes(program.language))
      throw new BatonError(
        'sandbox-unavailable',
        `The ${this.driver} sandbox runs no ${program.language} here, only ${this.languages.join(' and ')}`,
      );
    return this.by.run(program, this.limits, signal);
  }
}
