import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { loadConfig } from '@baton/service';
import { findCheckout, SERVICE_NAMES, type ServiceName } from '@baton/system';
import { parse } from 'yaml';
import type { z } from 'zod';

import { serviceModule } from '../simulate/checkout-modules.js';
import { bringHelm, renderChart } from './helm.js';
import { type Manifest, manifestsIn, podOf } from './manifests.js';

const CHECKOUT = findCheckout();
/** In every process, without a schema (`libs/bus/src/streams.ts`). */
const READ_BY_THE_BUS = ['BATON_JETSTREAM_REPLICAS'];

/** What a secret could hold that a manifest names. */
const standIn = (name: string): string => {
  if (name.endsWith('_URL') && name.startsWith('DATABASE')) return 'postgres://role:password@postgres/baton';
  if (name === 'NATS_URL') return 'nats://nats:4222';
  if (name === 'REDIS_URL') return 'redis://redis:6379';
  if (name === 'BATON_TOKEN_KEYS') return `k1:${Buffer.alloc(32, 7).toString('base64')}`;
  return 'a-secret-of-your-own';
};

type Environment = Readonly<Record<string, string>>;

const composeEnvironments = (): Record<ServiceName, Environment> => {
  const text = readFileSync(join(CHECKOUT, 'docker-compose.yml'), 'utf8');
  const { services } = parse(text, { merge: true }) as {
    services: Record<string, { environment?: Environment }>;
  };
  /** The default where one is given. */
  const filledIn = (value: string): string =>
    value.replace(/\$\{\w+(?::([-?])([^}]*))?\}/g, (_all, kind: string, rest: string) =>
      kind === '-' ? rest : 'a-secret-of-your-own',
    );
  return Object.fromEntries(
    SERVICE_NAMES.map((service) => [
      service,
      Object.fromEntries(
        Object.entries(services[service]?.environment ?? {}).map(([name, value]) => [name, filledIn(value)]),
      ),
    ]),
  ) as Record<ServiceName, Environment>;
};

const chartEnvironments = (manifests: readonly Manifest[]): Record<ServiceName, Environment> =>
  Object.fromEntries(
    SERVICE_NAMES.map((service) => {
      const deployment = manifests.find(
        ({ kind, metadata }) => kind === 'Deployment' && metadata.name === `baton-${service}`,
      ) as Manifest;
      const [container] = podOf(deployment).containers;
      return [
        service,
        Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value ?? standIn(name)])),
      ];
    }),
  ) as Record<ServiceName, Environment>;

const schemaOf = async (service: ServiceName): Promise<z.ZodObject> => {
  const config = await serviceModule<Record<string, z.ZodObject>>(service, 'config');
  return (service === 'gateway' ? config['gatewayConfigSchema'] : config['configSchema']) as z.ZodObject;
};

/** In full: what may be left out is set too, so that its name is looked at. */
const EVERYTHING = [
  'config.publicUrl=https://baton.example.com',
  'config.allowedOrigins={https://shop.example.com}',
  'config.httpAllow=10.0.0.5:8080',
  'config.otlpEndpoint=http://collector:4318',
];

describe('what the services are told by', () => {
  const environments: (readonly [string, Record<ServiceName, Environment>])[] = [];
  beforeAll(async () => {
    const helm = await bringHelm();
    const chart = join(CHECKOUT, 'deploy/k8s/baton');
    environments.push(['docker-compose.yml', composeEnvironments()]);
    for (const [name, values, set] of [
      ['the chart', [], []],
      ['the chart, with everything', [], EVERYTHING],
      ['values-dev.yaml', ['values-dev.yaml'], []],
      ['values-region.yaml', ['values-region.yaml'], []],
      ['values-ha.yaml', ['values-ha.yaml'], []],
    ] as const)
      environments.push([
        name,
        chartEnvironments(manifestsIn(await renderChart(helm, chart, { values, set }))),
      ]);
  }, 300_000);

  it.each(SERVICE_NAMES)(
    'compose file and chart is what %s reads, all that it must be told, and valid',
    async (service) => {
      const schema = await schemaOf(service);
      const known = [...Object.keys(schema.shape), ...READ_BY_THE_BUS];
      for (const [where, of] of environments) {
        const environment = of[service];
        const names = Object.keys(environment);
        expect([where, names.length > 5]).toEqual([where, true]);
        expect([where, names.filter((name) => !known.includes(name))]).toEqual([where, []]);
        const wrong = () => {
          loadConfig(schema, environment);
          return 'nothing';
        };
        expect([where, wrong()]).toEqual([where, 'nothing']);
      }
    },
  );
});
