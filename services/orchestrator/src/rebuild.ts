import { Keyring, LocalKeySource } from '@baton/event-store';
import { Database, deriveKey, loadConfig } from '@baton/service';

import { configSchema } from './config.js';
import { CONVERSATION_TABLES } from './conversation/conversation.tables.js';
import { KEK_LABEL } from './key-labels.js';
import { ConversationRebuild } from './rebuild/conversation-rebuild.js';

/** `node dist/rebuild.js <read model>`: told again from the log, the same rows. */
const table = CONVERSATION_TABLES.find((name) => name === process.argv[2]);
if (!table) {
  process.stderr.write(`Which read model? One of ${CONVERSATION_TABLES.join(', ')}\n`);
  process.exit(2);
}
const config = loadConfig(configSchema);
const database = new Database({
  url: config.DATABASE_URL,
  systemUrl: config.DATABASE_SYSTEM_URL,
  schema: 'orchestrator',
  applicationName: 'baton-rebuild',
});
const keyring = new Keyring(new LocalKeySource(database, deriveKey(config.BATON_SECRET, KEK_LABEL)));
const done = await new ConversationRebuild(database, keyring).run(table, (count) =>
  process.stdout.write(`${table}: ${count} conversations\n`),
);
process.stdout.write(`${table}: rebuilt from ${done} conversations\n`);
await database.close();
