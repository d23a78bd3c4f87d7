import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { baseConfigSchema, loadConfig } from '@baton/service';
import { parse } from 'yaml';

import { findCheckout } from './checkout.js';
import { SERVICE_NAMES, type ServiceName } from './service-environment.js';

interface ComposeService {
  build?: { target: string };
  image?: string;
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: unknown;
}

const checkout = findCheckout();
const read = (file: string): string => readFileSync(join(checkout, file), 'utf8');
const compose = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, ComposeService>;
};
const service = (name: string): ComposeService => compose.services[name] ?? {};

/** As Compose fills in variables: the default where one is given, else a value of ours. */
const filledIn = (environment: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).map(([name, text]) => [
      name,
      text.replace(/\$\{\w+(?::([-?])([^}]*))?\}/g, (_all, kind: string, rest: string) =>
        kind === '-' ? rest : 'a-secret-of-your-own',
      ),
    ]),
  );

describe('docker-compose.yml', () => {
  it.each(SERVICE_NAMES)('gives %s all that a service must be told', (name: ServiceName) => {
    const environment = filledIn(service(name).environment);
    // Of the variables that are left only the port is set in the image.
    expect(loadConfig(baseConfigSchema, environment)).toMatchObject({ NATS_URL: 'nats://nats:4222' });
    expect(environment['DATABASE_URL']).toContain(`//baton_${name.replaceAll('-', '_')}:`);
    expect(environment).not.toHaveProperty('DATABASE_ADMIN_URL');
  });

  it.each(SERVICE_NAMES)(
    'migrates for %s, with the passwords it will use, before it starts',
    (name: ServiceName) => {
      const migration = service(`migrate-${name}`);
      expect(migration.command).toEqual(['node', `services/${name}/dist/migrate.js`]);
      expect(migration.environment).toMatchObject({
        DATABASE_ADMIN_URL: expect.any(String),
        DATABASE_URL: service(name).environment?.['DATABASE_URL'],
        DATABASE_SYSTEM_URL: service(name).environment?.['DATABASE_SYSTEM_URL'],
      });
      expect(service(name).depends_on?.[`migrate-${name}`]?.condition).toBe('service_completed_successfully');
    },
  );

  it('waits for a server or service to be healthy wherever one needs another', () => {
    for (const { depends_on = {} } of Object.values(compose.services)) {
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        expect(compose.services).toHaveProperty(needed);
        if (!needed.startsWith('migrate-')) expect(condition).toBe('service_healthy');
      }
    }
    for (const name of ['postgres', 'nats', 'redis']) expect(service(name).healthcheck).toBeDefined();
  });

  it('builds only images that the Dockerfile has', () => {
    const targets = [...read('Dockerfile').matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, target]) => target);
    for (const { build } of Object.values(compose.services))
      if (build) expect(targets).toContain(build.target);
  });
});
