import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { findCheckout, SERVICE_NAMES } from '@baton/system';
import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { DCLinter } from 'dclint';
import { parse } from 'yaml';

const CHECKOUT = findCheckout();
const read = (file: string): string => readFileSync(join(CHECKOUT, file), 'utf8');

interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly target: string };
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly deploy?: {
    readonly resources?: { readonly limits?: { readonly cpus?: string; readonly memory?: string } };
  };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** What dclint says of a file; its own types do not resolve here. */
interface Linted {
  readonly messages: readonly { readonly type: string; readonly line: number; readonly message: string }[];
}

describe('the Dockerfile', () => {
  const file = DockerfileParser.parse(read('Dockerfile'));
  const stages = file.getFROMs().map((from) => ({
    name: from.getBuildStage() ?? '',
    image: from.getImage() ?? '',
    from: from.getRange()?.start.line ?? 0,
  }));
  /** Instructions of a stage and of those that it is made from. */
  const instructionsOf = (name: string): { keyword: string; text: string }[] => {
    const index = stages.findIndex((stage) => stage.name === name);
    const stage = stages[index];
    if (!stage) return [];
    const end = stages[index + 1]?.from ?? Infinity;
    const own = file
      .getInstructions()
      .filter((each) => {
        const line = each.getRange()?.start.line ?? 0;
        return line > stage.from && line < end;
      })
      .map((each) => ({ keyword: each.getKeyword(), text: each.getArgumentsContent() ?? '' }));
    return [...instructionsOf(stage.image), ...own];
  };

  it('is clean to a validator', () => {
    expect(validate(read('Dockerfile')).map(({ message }) => message)).toEqual([]);
  });

  it.each(SERVICE_NAMES)(
    'makes of %s an image of what was put together, run by a number that is not root',
    (name) => {
      const instructions = instructionsOf(name);
      const last = (keyword: string): string | undefined =>
        instructions.findLast((each) => each.keyword === keyword)?.text;
      expect(last('USER')).toMatch(/^[1-9]\d*:[1-9]\d*$/);
      expect(instructions.filter(({ keyword }) => keyword === 'COPY').map(({ text }) => text)).toEqual([
        `/images/${name} ./`,
      ]);
      expect(last('CMD')).toBe(`["node", "services/${name}/dist/main.js"]`);
      expect(last('HEALTHCHECK')).toContain('/health/ready');
      expect(instructions.some(({ keyword }) => keyword === 'ADD')).toBe(false);
      expect(instructions.some(({ keyword, text }) => keyword === 'RUN' && /\bnpm\b/.test(text))).toBe(false);
      const home = instructions.filter(({ keyword }) => keyword === 'ENV').map(({ text }) => text);
      expect(home.join(' ')).toContain('HOME=/tmp');
    },
  );

  it('builds on images whose version is said', () => {
    for (const { image } of stages.filter((stage) => !stages.some(({ name }) => name === stage.image)))
      expect(image).toMatch(/^[\w./-]+:\d/);
  });
});

describe('docker-compose.yml', () => {
  const compose = parse(read('docker-compose.yml'), { merge: true }) as {
    services: Record<string, ComposeService>;
  };
  const services = Object.entries(compose.services);

  it('is what the Compose specification allows', () => {
    const linter = new DCLinter({ rules: {}, quiet: false, debug: false, exclude: [] });
    const results: readonly Linted[] = linter.lintFiles([join(CHECKOUT, 'docker-compose.yml')], false);
    const errors = results.flatMap(({ messages }) => messages).filter(({ type }) => type === 'error');
    expect(errors.map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
  });

  it('starts nothing before what it needs is healthy or done', () => {
    for (const [name, { depends_on = {} }] of services)
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        const other = compose.services[needed];
        const isOneShot = other?.healthcheck?.disable === true;
        expect([name, needed, condition]).toEqual([
          name,
          needed,
          isOneShot ? 'service_completed_successfully' : 'service_healthy',
        ]);
        expect([name, needed, isOneShot || other?.healthcheck?.test !== undefined]).toEqual([
          name,
          needed,
          true,
        ]);
      }
  });

  it('gives everything limits and a health check, and nothing of ours more rights than it needs', () => {
    for (const [name, service] of services) {
      expect([name, service.deploy?.resources?.limits]).toEqual([
        name,
        { cpus: expect.any(String), memory: expect.any(String) },
      ]);
      expect([name, service.healthcheck]).toEqual([name, expect.anything()]);
      if (service.build) expect([name, service.read_only, service.cap_drop]).toEqual([name, true, ['ALL']]);
      // Open to this machine only.
      for (const port of service.ports ?? [])
        expect([name, port]).toEqual([name, expect.stringMatching(/^127\.0\.0\.1:/)]);
      if (service.image) expect([name, service.image]).toEqual([name, expect.stringMatching(/:[\w.]*\d/)]);
    }
  });

  it('has Prometheus, Grafana and a store of traces in a profile of their own, and their files', () => {
    const observing = services.filter(([, { profiles }]) => profiles?.includes('observability'));
    expect(observing.map(([name]) => name).sort()).toEqual(['grafana', 'prometheus', 'traces']);
    for (const [name, { volumes = [] }] of services)
      for (const volume of volumes.filter((each) => each.startsWith('./'))) {
        const [source = ''] = volume.split(':');
        expect([name, source, existsSync(join(CHECKOUT, source))]).toEqual([name, source, true]);
      }
  });

  it('scrapes all five on the port where they show themselves, by the rules of the chart', () => {
    const prometheus = parse(read('deploy/observability/prometheus.yaml')) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    const [job] = prometheus.scrape_configs;
    expect(job?.job_name).toBe('baton');
    const targets = job?.static_configs.flatMap((each) => each.targets) ?? [];
    expect(targets.sort()).toEqual(SERVICE_NAMES.map((name) => `${name}:9000`).sort());
    expect(compose.services['gateway']?.environment?.['BATON_SERVICE_PORT']).toBe('9000');
  });

  it('leads Grafana to where metrics, traces and dashboards are', () => {
    const { datasources } = parse(read('deploy/observability/grafana/datasources/baton.yaml')) as {
      datasources: {
        url: string;
        uid: string;
        jsonData?: { exemplarTraceIdDestinations?: { datasourceUid: string }[] };
      }[];
    };
    for (const { url } of datasources) expect(compose.services).toHaveProperty(new URL(url).hostname);
    const uids = datasources.map(({ uid }) => uid);
    for (const { jsonData } of datasources)
      for (const { datasourceUid } of jsonData?.exemplarTraceIdDestinations ?? [])
        expect(uids).toContain(datasourceUid);
    const { providers } = parse(read('deploy/observability/grafana/dashboards/baton.yaml')) as {
      providers: { options: { path: string } }[];
    };
    const mounted = compose.services['grafana']?.volumes?.map((volume) => volume.split(':')[1]);
    for (const { options } of providers) expect(mounted).toContain(options.path);
  });
});
