import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

import { capacityOf, type Machine, type TurnCost } from './capacity.js';
import type { Measured } from './measure.js';
import { runScale } from './run.js';

/**
 * `npm run scale`: one, two, four replicas of each service and back, side by side on one machine; what a turn costs, how
 * the work was divided, whether each turn was answered once and in order, and what machines carry by that.
 */
const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '1,2,4,2,1' },
    conversations: { type: 'string', default: '300' },
    turns: { type: 'string', default: '4' },
    'at-once': { type: 'string', default: '48' },
  },
});
/** What the capacity model takes a machine to be; docs/scaling.md says why. */
const MACHINE: Machine = { cores: 16, usable: 0.6, writeBytesPerSecond: 200_000_000, fsyncsPerSecond: 5_000 };

const startModelServer = async (): Promise<{ url: string; stop: () => void }> => {
  const child = spawn(process.execPath, ['libs/testkit/dist/model-server/main.js', '--instant'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^model server: (.*)$/.exec(line)?.[1];
    if (url) return { url, stop: () => child.kill('SIGTERM') };
  }
  throw new Error('the model server did not start');
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const SERVERS = new Set(['postgres', 'nats', 'redis', 'load generator']);
const sum = (cpu: Readonly<Record<string, number>>, wanted: (name: string) => boolean): number =>
  Object.entries(cpu).reduce((total, [name, ms]) => (wanted(name) ? total + ms : total), 0);
const mean = (numbers: readonly number[]): number =>
  numbers.reduce((all, each) => all + each, 0) / numbers.length;

const costOf = (measured: readonly Measured[]): TurnCost => {
  const cpu = (wanted: (name: string) => boolean): number =>
    mean(measured.map(({ perTurn }) => sum(perTurn.cpuMs, wanted))) / 1000;
  return {
    serviceCpuSeconds: cpu((name) => !SERVERS.has(name)),
    postgresCpuSeconds: cpu((name) => name === 'postgres'),
    natsCpuSeconds: cpu((name) => name === 'nats'),
    walBytes: mean(measured.map(({ perTurn }) => perTurn.walBytes)),
    fsyncs: mean(measured.map(({ perTurn }) => perTurn.fsyncs)),
  };
};

const cpuLine = (measured: Measured | undefined): string =>
  Object.entries(measured?.perTurn.cpuMs ?? {})
    .map(([name, ms]) => `${name} ${ms.toFixed(1)}`)
    .join(', ');

const model = await startModelServer();
try {
  const measured = await runScale({
    steps: values.steps.split(',').map(Number),
    load: {
      conversations: Number(values.conversations),
      turns: Number(values.turns),
      atOnce: Number(values['at-once']),
    },
    modelUrl: `${model.url}/v1`,
    workflows: 'bench/workflows',
    say,
  });
  const ones = measured.filter(({ replicas }) => replicas === measured[0]?.replicas);
  const one = mean(ones.map(({ turnsPerSecond }) => turnsPerSecond));
  say('');
  say(
    '| replicas of each | turns/s against one | CPU ms a turn: services | PostgreSQL | NATS | WAL kB a turn | fsyncs a turn | commits a turn | CPU at rest, ms/s: services | PostgreSQL |',
  );
  say('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const { replicas, turnsPerSecond, perTurn, restCpuMs } of measured) {
    const cells = [
      String(replicas),
      (turnsPerSecond / one).toFixed(2),
      sum(perTurn.cpuMs, (name) => !SERVERS.has(name)).toFixed(1),
      (perTurn.cpuMs['postgres'] ?? Number.NaN).toFixed(1),
      (perTurn.cpuMs['nats'] ?? Number.NaN).toFixed(1),
      (perTurn.walBytes / 1000).toFixed(1),
      perTurn.fsyncs.toFixed(2),
      perTurn.commits.toFixed(1),
      sum(restCpuMs, (name) => !SERVERS.has(name)).toFixed(0),
      (restCpuMs['postgres'] ?? Number.NaN).toFixed(0),
    ];
    say(`| ${cells.join(' | ')} |`);
  }
  say('');
  for (const { replicas, shares } of measured.filter((each) => each.replicas > 1))
    say(
      `${replicas}: ${Object.entries(shares)
        .map(([name, parts]) => `${name} ${parts.map((part) => `${Math.round(part * 100)} %`).join(' ')}`)
        .join(', ')}`,
    );
  say('');
  say(`CPU of a turn by part, ms (one of each): ${cpuLine(ones[0])}`);
  const cost = costOf(ones);
  for (const machines of [1, 10, 100]) {
    const { turnsPerSecond, boundBy, databases, serviceMachines, natsMachines } = capacityOf(
      cost,
      MACHINE,
      machines,
    );
    say(
      `${machines} machines: ${Math.round(turnsPerSecond)} turns/s, full first: ${boundBy}; ` +
        `${serviceMachines} for services, ${databases} databases, ${natsMachines} for NATS`,
    );
  }
  const breaches = measured.flatMap((each) => each.breaches);
  for (const breach of breaches) say(`BROKEN: ${breach}`);
  say(breaches.length === 0 ? 'every turn answered once, remembered once, in the order asked' : '');
  process.exitCode = breaches.length === 0 ? 0 : 1;
} finally {
  model.stop();
}
