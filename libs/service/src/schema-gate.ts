import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import { isBatonError } from '@baton/contracts';
import type { LoggerService } from '@nestjs/common';

import type { SchemaVersion } from './schema-version.js';

const LOOK_EVERY_MS = 1000;
const SAY_EVERY_MS = 30_000;

/**
 * Resolves when the database has the schema that this code needs; until then the process is alive and not ready,
 * says why, and takes no work: consumers on an older schema would park one stream after the other. While PostgreSQL
 * is away nothing is known, and the service starts as it always does.
 */
export const awaitSchema = async (
  schema: Pick<SchemaVersion, 'behind'>,
  { port, host, logger }: { readonly port: number; readonly host: string; readonly logger: LoggerService },
): Promise<void> => {
  let reason = await behind(schema);
  if (reason === undefined) return;
  const server = createServer((request, response) => {
    const isLive = request.url === '/health/live';
    const down = { schema: { status: 'down', message: reason } };
    response
      .writeHead(isLive ? 200 : 503, { 'content-type': 'application/json', 'retry-after': '5' })
      .end(JSON.stringify(isLive ? { status: 'ok' } : { status: 'error', error: down, details: down }));
  });
  server.listen(port, host);
  await once(server, 'listening');
  try {
    for (let saidAt = -Infinity; reason !== undefined; reason = await behind(schema, reason)) {
      if (performance.now() - saidAt >= SAY_EVERY_MS) {
        logger.error(`Not started: ${reason}`, undefined, 'Schema');
        saidAt = performance.now();
      }
      await delay(LOOK_EVERY_MS);
    }
  } finally {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  logger.log('The schema is there now', 'Schema');
};

const behind = async (
  schema: Pick<SchemaVersion, 'behind'>,
  whileAway?: string,
): Promise<string | undefined> => {
  try {
    return await schema.behind();
  } catch (error) {
    if (isBatonError(error)) return whileAway;
    throw error;
  }
};
