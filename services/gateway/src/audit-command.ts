import { baseConfigSchema, Database, loadConfig } from '@baton/service';

import { parseCommand, USAGE, UsageError } from './audit/command/arguments.js';
import { run } from './audit/command/run.js';

/** `node dist/audit-command.js verify | export | roots`, with the gateway's own DATABASE_URLs and BATON_SECRET. */
const configSchema = baseConfigSchema.pick({
  DATABASE_URL: true,
  DATABASE_SYSTEM_URL: true,
  BATON_SECRET: true,
});

const main = async (argv: readonly string[]): Promise<number> => {
  if (argv.includes('--help') || argv.includes('-h')) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const command = parseCommand(argv);
  const config = loadConfig(configSchema);
  const database = new Database({
    url: config.DATABASE_URL,
    systemUrl: config.DATABASE_SYSTEM_URL,
    schema: 'gateway',
    applicationName: 'baton-audit',
    poolSize: 2,
  });
  try {
    return await run(command, { database, rootSecret: config.BATON_SECRET, write });
  } finally {
    await database.close();
  }
};

const write = (text: string): Promise<void> =>
  new Promise((resolve, reject) =>
    process.stdout.write(text, (error) => (error ? reject(error) : resolve())),
  );

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
