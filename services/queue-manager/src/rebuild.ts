import { loadConfig, schemaOf } from '@baton/service';
import pg from 'pg';
import { z } from 'zod';

import { isReadModel, READ_MODEL_NAMES } from './read-model/read-models.js';
import { rebuildReadModel } from './read-model/rebuild-read-model.js';

const [name] = process.argv.slice(2);
if (!isReadModel(name)) {
  process.stderr.write(`Which read model? One of: ${READ_MODEL_NAMES.join(', ')}\n`);
  process.exit(2);
}
const { DATABASE_SYSTEM_URL } = loadConfig(z.object({ DATABASE_SYSTEM_URL: z.string() }));
const client = new pg.Client({ connectionString: DATABASE_SYSTEM_URL });
await client.connect();
try {
  const count = await rebuildReadModel(client, schemaOf('queue-manager'), name);
  process.stdout.write(`${name}: ${count} rows from the log\n`);
} finally {
  await client.end();
}
