import { spawn } from 'node:child_process';
import { join } from 'node:path';

import type { BackingServer, BackingServers, ServerName } from './backing-servers.js';
import { rootSecret } from './secrets.js';
import { notedServers } from './server-note.js';
import { forwardedEnvironment, serviceEnvironment, type ServiceName } from './service-environment.js';

/** Every read model that is told again from the log, and the service that tells it. */
export const READ_MODELS: Readonly<Record<string, ServiceName>> = {
  conversations: 'orchestrator',
  conversation_turns: 'orchestrator',
  messages: 'orchestrator',
  handover_events: 'orchestrator',
  human_agents: 'queue-manager',
  agent_queue: 'queue-manager',
  offers: 'queue-manager',
  memories: 'memory-worker',
  conversation_analytics: 'memory-worker',
};

export interface RebuildOptions {
  readonly checkout: string;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Says nothing of its progress; errors are shown all the same. */
  readonly quiet?: boolean;
}

/**
 * Tells a read model again from the log of a running Baton, beside its traffic.
 * @throws Error where there is no such read model, none runs, or the service's own command fails
 */
export const rebuildReadModel = async (readModel: string, options: RebuildOptions): Promise<void> => {
  const service = READ_MODELS[readModel];
  if (!service)
    throw new Error(`There is no read model ${readModel}; there are ${Object.keys(READ_MODELS).join(', ')}`);
  const { checkout, dataDir, env } = options;
  const script = join(checkout, 'services', service, 'dist', 'rebuild.js');
  const code = await new Promise<number>((resolve, reject) => {
    const child = spawn(process.execPath, [script, readModel], {
      cwd: checkout,
      stdio: options.quiet ? ['ignore', 'ignore', 'inherit'] : 'inherit',
      env: serviceEnvironment(service, {
        env: forwardedEnvironment(env),
        servers: serversOf(options),
        secret: rootSecret(dataDir, env),
      }),
    });
    child.on('error', reject);
    child.on('exit', (status) => resolve(status ?? 1));
  });
  if (code !== 0) throw new Error(`${readModel} was not rebuilt (exit code ${code})`);
};

const serversOf = ({ dataDir, env }: RebuildOptions): BackingServers => {
  const noted = notedServers(dataDir);
  const server = (name: ServerName, variable: string): BackingServer => {
    const url = env[variable] || noted?.[name];
    if (!url) throw new Error(`No Baton runs on ${dataDir}: start it first, or set ${variable}`);
    return { name, url, own: undefined };
  };
  return {
    postgres: server('postgres', 'DATABASE_URL'),
    nats: server('nats', 'NATS_URL'),
    redis: server('redis', 'REDIS_URL'),
  };
};
