import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SERVICE_NAMES } from './service-environment.js';

/**
 * Services that do what the supervisor can see of real ones: they listen, become ready, log, drain, and die when told.
 * The real ones run in e2e/.
 */
const MAIN = `
import { createServer } from 'node:http';
import { connect } from 'node:net';
const name = import.meta.dirname.split('/').at(-2);
process.title = 'baton-' + name;
const log = (level, msg) => process.stdout.write(JSON.stringify({ level, msg }) + '\\n');
if (process.env.FAIL === name) {
  process.stderr.write('baton-' + name + ': Bad configuration: FAIL is set\\n');
  process.exit(1);
}
const server = createServer((request, response) => {
  if (request.url === '/env') return response.end(JSON.stringify(process.env));
  if (request.url === '/warn') log('warn', 'something is odd');
  response.end('ok');
});
server.on('error', (error) => { throw error; });
server.listen(Number(process.env.PORT ?? process.env.BATON_SERVICE_PORT), '127.0.0.1');
process.on('SIGTERM', () => {
  const { port } = new URL(process.env.DATABASE_URL);
  const database = connect(Number(port), '127.0.0.1');
  const end = (reachable) => { log('info', 'drained with database: ' + reachable); process.exit(0); };
  database.once('connect', () => end(true)).once('error', () => end(false));
});
`;

const MIGRATE = `
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
if (!process.env.DATABASE_ADMIN_URL) throw new Error('DATABASE_ADMIN_URL is not set');
appendFileSync(join(import.meta.dirname, '..', 'migrations.log'), 'migrated\\n');
`;

export const fakeCheckout = (): string => {
  const checkout = mkdtempSync(join(tmpdir(), 'baton-checkout-'));
  writeFileSync(join(checkout, 'package.json'), '{"type": "module", "workspaces": []}');
  for (const name of SERVICE_NAMES) {
    const dist = join(checkout, 'services', name, 'dist');
    mkdirSync(dist, { recursive: true });
    writeFileSync(join(dist, 'main.js'), MAIN);
    writeFileSync(join(dist, 'migrate.js'), MIGRATE);
  }
  return checkout;
};
