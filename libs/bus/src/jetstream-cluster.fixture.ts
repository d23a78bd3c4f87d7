import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findBinary, findFreePort, startNats } from '@baton/testkit';

/** Several nats-servers that keep their streams together. */
export class JetStreamCluster {
  private readonly nodes = new Map<string, ChildProcess>();

  private constructor(
    readonly urls: string,
    private readonly directory: string,
  ) {}

  static async start(size: number): Promise<JetStreamCluster> {
    // Finds or brings the binary as every other test does.
    await (await startNats()).stop();
    const binary = findBinary('nats-server');
    if (!binary) throw new Error('nats-server was here a moment ago');
    const directory = mkdtempSync(join(tmpdir(), 'baton-cluster-'));
    const nodes = [];
    for (let index = 0; index < size; index += 1)
      nodes.push({ name: `node-${index}`, client: await findFreePort(), cluster: await findFreePort() });
    const routes = nodes.map(({ cluster }) => `"nats://127.0.0.1:${cluster}"`).join(', ');
    const cluster = new JetStreamCluster(
      nodes.map(({ client }) => `nats://127.0.0.1:${client}`).join(','),
      directory,
    );
    for (const node of nodes) {
      const config = join(directory, `${node.name}.conf`);
      writeFileSync(
        config,
        [
          `server_name: ${node.name}`,
          `listen: "127.0.0.1:${node.client}"`,
          `jetstream { store_dir: ${JSON.stringify(join(directory, node.name))} }`,
          `cluster { name: baton, listen: "127.0.0.1:${node.cluster}", routes: [${routes}] }`,
        ].join('\n'),
      );
      cluster.nodes.set(node.name, spawn(binary, ['--config', config], { stdio: 'ignore' }));
    }
    return cluster;
  }

  async kill(name: string): Promise<void> {
    const node = this.nodes.get(name);
    if (!node) throw new Error(`There is no ${name}`);
    this.nodes.delete(name);
    await ended(node);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.nodes.values()].map(ended));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const ended = async (node: ChildProcess): Promise<void> => {
  if (node.exitCode !== null || node.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => node.once('exit', () => resolve()));
  node.kill('SIGKILL');
  await gone;
};
