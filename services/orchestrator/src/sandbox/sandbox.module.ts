import { CONFIG, Guards } from '@baton/service';
import { Global, Logger, Module, type OnApplicationBootstrap } from '@nestjs/common';

import { chooseSandbox, type SandboxChoice } from './choose-sandbox.js';
import { ChosenSandbox } from './chosen-sandbox.js';
import { LimitedSandbox } from './limited-sandbox.js';
import { sandboxDrivers } from './sandbox-drivers.js';
import type { SandboxConfig } from './sandbox.config.js';
import { DEFAULT_LIMITS } from './sandbox.js';

const logger = new Logger('Sandbox');

/** The sandbox that the code agent runs its programs in, chosen at start and named in the log. */
@Global()
@Module({
  providers: [
    {
      provide: ChosenSandbox,
      inject: [CONFIG, Guards],
      useFactory: (config: SandboxConfig, guards: Guards) =>
        new ChosenSandbox(() => choose(config, guards), say),
    },
  ],
  exports: [ChosenSandbox],
})
export class SandboxModule implements OnApplicationBootstrap {
  constructor(private readonly chosen: ChosenSandbox) {}

  /** Nothing waits for it: only the code agent needs to know. */
  onApplicationBootstrap(): void {
    void this.chosen.choice();
  }
}

const choose = async (config: SandboxConfig, guards: Guards): Promise<SandboxChoice> => {
  const seconds = config.BATON_SANDBOX_SECONDS;
  const limits = {
    ...DEFAULT_LIMITS,
    wallMs: seconds * 1000,
    cpuSeconds: seconds,
    memoryBytes: config.BATON_SANDBOX_MEMORY_MB * 1024 * 1024,
  };
  const forced = config.BATON_SANDBOX === 'auto' ? undefined : config.BATON_SANDBOX;
  const choice = await chooseSandbox(sandboxDrivers(config), limits, forced);
  return choice.sandbox
    ? { ...choice, sandbox: new LimitedSandbox(choice.sandbox, guards, config.BATON_SANDBOX_CONCURRENCY) }
    : choice;
};

const say = (choice: SandboxChoice): void => {
  if (!choice.sandbox) {
    logger.warn(`The code agent is refused. ${choice.reason}`);
    return;
  }
  const { driver, languages } = choice.sandbox;
  const passed = choice.passedOver.map(({ driver: name, reason }) => `${name}: ${reason}`).join('; ');
  logger.log(
    `Code runs in the ${driver} sandbox (${choice.version}): ${languages.join(', ')}${passed ? `. Not in ${passed}` : ''}`,
  );
};
