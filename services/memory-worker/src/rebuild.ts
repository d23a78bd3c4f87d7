import { BusClient } from '@baton/bus';
import { EventStore, Keyring, RemoteKeySource } from '@baton/event-store';
import { Database, loadConfig, newId, schemaOf } from '@baton/service';

import { LogReader } from './analytics/log-reader.client.js';
import { configSchema } from './config.js';
import { MemoryRepository } from './memory/memory.repository.js';
import { ConversationAnalyticsRebuild } from './rebuild/rebuild-conversation-analytics.js';
import { MemoriesRebuild } from './rebuild/rebuild-memories.js';
import { openVectorStore } from './retrieval/open-vector-store.js';

const PROJECTIONS = ['memories', 'conversation_analytics'] as const;

const projection = PROJECTIONS.find((name) => name === process.argv[2]);
if (projection === undefined) {
  process.stderr.write(`Usage: rebuild ${PROJECTIONS.join(' | ')}\n`);
  process.exit(2);
}

const config = loadConfig(
  configSchema.pick({ DATABASE_URL: true, DATABASE_SYSTEM_URL: true, NATS_URL: true }),
);
const database = new Database({
  url: config.DATABASE_URL,
  systemUrl: config.DATABASE_SYSTEM_URL,
  schema: schemaOf('memory-worker'),
  applicationName: 'baton-memory-worker-rebuild',
});
const bus = new BusClient({ name: 'memory-worker-rebuild', url: config.NATS_URL });
try {
  process.stdout.write(`${await rebuild(projection)}\n`);
} finally {
  await bus.close();
  await database.close();
}

async function rebuild(name: (typeof PROJECTIONS)[number]): Promise<string> {
  if (name === 'conversation_analytics') {
    const events = await new ConversationAnalyticsRebuild(database, new LogReader(bus)).run();
    return `${name}: rebuilt from ${events} events`;
  }
  const keyring = new Keyring(new RemoteKeySource(bus, () => newId('req')));
  const store = new EventStore(database, keyring, { newEventId: () => newId('evt') });
  const vectors = await openVectorStore(database);
  const conversations = await new MemoriesRebuild(store, new MemoryRepository(database), vectors).run();
  return `${name}: rebuilt for ${conversations} conversations`;
}
