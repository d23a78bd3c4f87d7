import type { Command } from 'commander';

import { example } from '../conversation/commands.js';
import { CliError } from '../failure.js';
import { json, oneLine, type Output } from '../output.js';
import type { Surroundings } from '../surroundings.js';
import { type Checked, runChecks } from './check.js';
import { fileChecks } from './files.js';
import { machineChecks } from './machine.js';
import { modelChecks } from './models.js';
import { natsChecks } from './nats.js';
import { postgresChecks } from './postgres.js';
import { redisChecks } from './redis.js';
import { serviceChecks } from './services.js';
import { settingsChecks } from './settings.js';

const SIGNS: Readonly<Record<Checked['status'], string>> = {
  ok: 'ok  ',
  warning: 'WARN',
  failed: 'FAIL',
  unknown: '?   ',
};

/** `doctor`: looks at everything that Baton stands on, and says how to mend what is wrong. */
export const doctorCommand = (program: Command, around: Surroundings, out: Output): void => {
  program
    .command('doctor')
    .description('looks at every dependency and setting; says what is wrong and how to mend it (exit code 1)')
    .option('--json', 'as JSON')
    .addHelpText('after', example('doctor', 'doctor --json'))
    .action(async (options: { json?: true }) => {
      const checked: Checked[] = [];
      const checks = [
        ...machineChecks(around),
        ...postgresChecks(around),
        ...natsChecks(around),
        ...redisChecks(around),
        ...serviceChecks(around),
        ...settingsChecks(around),
        ...fileChecks(around),
        ...modelChecks(around),
      ];
      for await (const result of runChecks(checks)) {
        checked.push(result);
        if (options.json) continue;
        out.line(`${SIGNS[result.status]}  ${result.area}, ${result.name}: ${oneLine(result.what)}`);
        if (result.mend !== undefined && result.status !== 'ok') out.line(`      → ${result.mend}`);
      }
      const failures = checked.filter(({ status }) => status === 'failed').length;
      if (options.json) out.line(json({ healthy: failures === 0, checks: checked }));
      if (failures > 0) throw new CliError(`${failures} of ${checked.length} checks failed`);
      if (!options.json) out.line(`${checked.length} checks, none failed`);
    });
};
