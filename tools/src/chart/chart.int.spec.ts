import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { durablesOf, type EventsOptions } from '@baton/bus';
import { EVENTS_STREAM } from '@baton/contracts';
import { findCheckout } from '@baton/system';
import { PATTERN_EXTRAS_METADATA } from '@nestjs/microservices/constants.js';

import { serviceModule } from '../simulate/checkout-modules.js';
import { bringHelm, lintChart, renderChart } from './helm.js';
import { type Container, type Manifest, manifestsIn, podOf, validateManifest } from './manifests.js';

const CHECKOUT = findCheckout();
const CHART = join(CHECKOUT, 'deploy/k8s/baton');
const VALUES = [[], ['values-dev.yaml'], ['values-region.yaml'], ['values-ha.yaml']] as const;
const SERVICES = ['gateway', 'orchestrator', 'queue-manager', 'memory-worker', 'llm-router'];
const KEYS = ['gateway', 'orchestrator', 'queueManager', 'memoryWorker', 'llmRouter'];
const named = (values: readonly string[]): string => values[0] ?? 'values.yaml';

describe('the chart', () => {
  let helm: string;
  beforeAll(async () => {
    helm = await bringHelm();
  }, 300_000);

  const rendered = async (values: readonly string[], set: readonly string[] = []): Promise<Manifest[]> =>
    manifestsIn(await renderChart(helm, CHART, { values, set }));
  const of = <K extends Manifest['kind']>(manifests: readonly Manifest[], kind: K): Manifest[] =>
    manifests.filter((each) => each.kind === kind);
  const refusal = (set: readonly string[]): Promise<string> =>
    rendered([], set).then(
      () => 'nothing',
      (error: Error & { stderr?: string }) => error.stderr ?? error.message,
    );

  describe.each(VALUES.map((values) => [named(values), values] as const))('with %s', (_name, values) => {
    let manifests: Manifest[];
    beforeAll(async () => {
      manifests = await rendered(values);
    });
    const pods = (): { manifest: Manifest; container: Container; isService: boolean }[] =>
      [...of(manifests, 'Deployment'), ...of(manifests, 'Job')].flatMap((manifest) => {
        const { containers, initContainers = [] } = podOf(manifest);
        return [...containers, ...initContainers].map((container) => ({
          manifest,
          container,
          isService: manifest.kind === 'Deployment',
        }));
      });

    it('is clean to helm lint', () => lintChart(helm, CHART, values));

    it('makes manifests that the schemas of their kinds accept, each name once', () => {
      for (const manifest of manifests) validateManifest(manifest);
      const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      expect(names).toHaveLength(new Set(names).size);
    });

    it('has the five services, each behind its own account and disruption budget', () => {
      const deployments = of(manifests, 'Deployment').map(({ metadata }) => metadata.name);
      expect(deployments.sort()).toEqual(SERVICES.map((name) => `baton-${name}`).sort());
      expect(of(manifests, 'ServiceAccount')).toHaveLength(5);
      const budgets = of(manifests, 'PodDisruptionBudget').length;
      expect(budgets).toBe(named(values) === 'values-dev.yaml' ? 0 : 5);
    });

    it('has no container without limits, without probes, as root, or with a root that can be written', () => {
      expect(pods().length).toBeGreaterThanOrEqual(10);
      for (const { manifest, container, isService } of pods()) {
        const where = `${manifest.metadata.name}/${container.name}`;
        for (const kind of ['requests', 'limits'] as const)
          for (const resource of ['cpu', 'memory'])
            expect([where, kind, container.resources?.[kind]?.[resource]]).toEqual([
              where,
              kind,
              expect.anything(),
            ]);
        expect([where, container.securityContext]).toEqual([
          where,
          {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            capabilities: { drop: ['ALL'] },
          },
        ]);
        if (isService)
          for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const)
            expect([where, probe, container[probe]]).toEqual([where, probe, expect.anything()]);
        const pod = podOf(manifest);
        expect([where, pod.automountServiceAccountToken]).toEqual([where, false]);
        expect([where, pod.securityContext]).toEqual([
          where,
          expect.objectContaining({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }),
        ]);
      }
    });

    it('has no secret in the text of an environment, and makes none', () => {
      for (const { manifest, container } of pods())
        for (const { name, value } of container.env ?? []) {
          if (value === undefined) continue;
          const where = `${manifest.metadata.name}: ${name}=${value}`;
          expect(where).not.toMatch(/(SECRET|PASSWORD|TOKEN|API_KEY|DATABASE_URL|SYSTEM_URL|ADMIN_URL)=/);
          expect(where).not.toMatch(/:\/\/[^/]*:[^/]*@/);
        }
      expect(manifests.map(({ kind }) => kind as string)).not.toContain('Secret');
    });

    it('lets nothing in or out but what a policy says', () => {
      const policies = of(manifests, 'NetworkPolicy');
      const deny = policies.find(({ metadata }) => metadata.name.endsWith('default-deny'));
      expect(deny?.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
      expect(deny?.spec).not.toHaveProperty('ingress');
      expect(deny?.spec).not.toHaveProperty('egress');
      const outside = policies.find(({ metadata }) => metadata.name.endsWith('outside'));
      expect(JSON.stringify(outside?.spec)).toContain('169.254.0.0/16');
    });
  });

  it('lets the gateway take requests until its readiness was looked at, within the grace time', async () => {
    const [gateway] = of(await rendered([]), 'Deployment').filter(
      ({ metadata }) => metadata.name === 'baton-gateway',
    );
    const pod = podOf(gateway as Manifest);
    const [container] = pod.containers;
    const readiness = container?.readinessProbe as { periodSeconds: number; failureThreshold: number };
    const delay = container?.env?.find(({ name }) => name === 'BATON_DRAIN_DELAY_SECONDS')?.value;
    expect(Number(delay)).toBeGreaterThan(readiness.periodSeconds * readiness.failureThreshold);
    expect(pod).toMatchObject({ terminationGracePeriodSeconds: 30 });
    expect(await refusal(['gateway.drainDelaySeconds=19'])).toContain('terminationGracePeriodSeconds');
  });

  it.each(KEYS)('takes the values of %s by their names', async (key) => {
    const manifests = await rendered(
      [],
      [
        `${key}.replicaCount=7`,
        `${key}.image.repository=registry.test/mine`,
        `${key}.image.tag=1.2.3`,
        `${key}.resources.limits.memory=777Mi`,
      ],
    );
    const seven = of(manifests, 'Deployment').filter(({ spec }) => spec['replicas'] === 7);
    expect(seven).toHaveLength(1);
    const [container] = podOf(seven[0] as Manifest).containers;
    expect(container).toMatchObject({
      image: 'registry.test/mine:1.2.3',
      resources: { limits: { memory: '777Mi' } },
    });

    const scaled = await rendered(
      [],
      [`${key}.autoscaling.enabled=true`, `${key}.autoscaling.maxReplicas=9`],
    );
    const [scaler] = of(scaled, 'HorizontalPodAutoscaler');
    expect(scaler?.spec).toMatchObject({ maxReplicas: 9 });
    const target = (scaler?.spec['scaleTargetRef'] as { name: string }).name;
    const deployment = of(scaled, 'Deployment').find(({ metadata }) => metadata.name === target);
    // A number there would be put back at each upgrade.
    expect(deployment?.spec).not.toHaveProperty('replicas');
  });

  it('spreads high availability over zones, scales by lag and keeps streams three times', async () => {
    const manifests = await rendered(['values-ha.yaml']);
    for (const deployment of of(manifests, 'Deployment')) {
      expect(podOf(deployment).topologySpreadConstraints).toContainEqual(
        expect.objectContaining({
          topologyKey: 'topology.kubernetes.io/zone',
          whenUnsatisfiable: 'DoNotSchedule',
        }),
      );
      const { env } = podOf(deployment).containers[0] as Container;
      expect(env).toContainEqual({ name: 'BATON_JETSTREAM_REPLICAS', value: '3' });
    }
    const lag = of(manifests, 'ScaledObject');
    expect(lag.map(({ metadata }) => metadata.name).sort()).toEqual(
      ['baton-memory-worker', 'baton-orchestrator', 'baton-queue-manager'].sort(),
    );
    expect(JSON.stringify(lag)).toContain('orchestrator-turns-message_received');
    expect(of(manifests, 'HTTPRoute')).toHaveLength(1);
  });

  it('scales by the lag of consumers that the services have', async () => {
    const triggers = of(await rendered([], ['keda.enabled=true']), 'ScaledObject').flatMap(
      ({ metadata, spec }) =>
        (spec['triggers'] as { type: string; metadata: { stream: string; consumer: string } }[])
          .filter(({ type }) => type === 'nats-jetstream')
          .map((trigger) => ({ name: metadata.name, ...trigger.metadata })),
    );
    expect(triggers.length).toBeGreaterThanOrEqual(3);
    for (const { name, stream, consumer } of triggers) {
      expect(stream).toBe(EVENTS_STREAM);
      expect(await durableNames(name.replace(/^baton-/, ''))).toContain(consumer);
    }
  });

  it('runs the migrations of all five services before their pods', async () => {
    const [job] = of(await rendered([]), 'Job');
    const { containers, initContainers = [] } = podOf(job as Manifest);
    expect([...initContainers, ...containers].map(({ name }) => name).sort()).toEqual([...SERVICES].sort());
    expect((job as unknown as { metadata: { annotations: object } }).metadata.annotations).toMatchObject({
      'helm.sh/hook': 'pre-install,pre-upgrade',
    });
  });

  it.each([
    ['a key that nothing reads', ['gatway.replicaCount=3'], 'gatway'],
    ['no replica at all', ['gateway.replicaCount=0'], 'replicaCount'],
    ['a number that is none', ['orchestrator.replicaCount=many'], 'replicaCount'],
    ['a memory that is none', ['gateway.resources.limits.memory=much'], 'memory'],
    ['a password in a URL', ['nats.url=nats://user:secret@nats:4222'], 'nats'],
    ['a secret in the environment', ['llmRouter.env.OPENAI_API_KEY=sk-1'], 'OPENAI_API_KEY'],
    ['an even number of stream replicas', ['config.jetstreamReplicas=2'], 'jetstreamReplicas'],
    [
      'less grace than a drain takes',
      ['defaults.terminationGracePeriodSeconds=5'],
      'terminationGracePeriodSeconds',
    ],
    ['a route without a gateway', ['gatewayApi.enabled=true'], 'parentRefs'],
  ])('refuses %s, and names it', async (_what, set, name) => {
    expect(await refusal(set)).toContain(name);
  });

  it('asks in rules and dashboards for series that the services have', async () => {
    const asked = new Set(
      [
        readFileSync(join(CHART, 'rules/baton.rules.yaml'), 'utf8'),
        ...globSync('dashboards/*.json', { cwd: CHART }).map((file) =>
          readFileSync(join(CHART, file), 'utf8'),
        ),
      ].flatMap((text) => text.match(/baton_[a-z_]+/g) ?? []),
    );
    const code = globSync('{libs,services}/*/src/**/*.ts', { cwd: CHECKOUT })
      .filter((file) => !file.endsWith('.spec.ts'))
      .map((file) => readFileSync(join(CHECKOUT, file), 'utf8'))
      .join('\n');
    expect(asked.size).toBeGreaterThan(10);
    for (const series of asked) expect(code).toContain(`'${series.replace(/_(bucket|count|sum)$/, '')}'`);
    const [rule] = of(await rendered(['values-region.yaml']), 'PrometheusRule');
    expect(JSON.stringify(rule)).not.toContain('RUNBOOK_URL');
  });
});

/** The durables behind every handler that a service's classes mark with `HandleEvents`. */
const durableNames = async (service: string): Promise<string[]> => {
  const files = globSync('**/*.consumer.ts', { cwd: join(CHECKOUT, 'services', service, 'src') });
  const modules = await Promise.all(
    files.map((file) => serviceModule<Record<string, unknown>>(service, file.replace(/\.ts$/, ''))),
  );
  return modules
    .flatMap((module) => Object.values(module))
    .filter((value) => typeof value === 'function' && value.prototype !== undefined)
    .flatMap((consumer) =>
      Object.values(Object.getOwnPropertyDescriptors((consumer as () => void).prototype)),
    )
    .flatMap(({ value }) => {
      if (typeof value !== 'function') return [];
      const extras = Reflect.getMetadata(PATTERN_EXTRAS_METADATA, value) as
        { readonly batonEvents?: EventsOptions } | undefined;
      return extras?.batonEvents ? durablesOf(extras.batonEvents).map(({ name }) => name) : [];
    });
};
