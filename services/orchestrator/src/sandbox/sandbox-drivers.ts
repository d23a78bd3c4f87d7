import Docker from 'dockerode';

import { BubblewrapDriver } from './bubblewrap/bubblewrap.driver.js';
import { DockerDriver } from './docker/docker.driver.js';
import { GvisorDriver } from './gvisor/gvisor.driver.js';
import { QuickjsDriver } from './quickjs/quickjs.driver.js';
import type { SandboxConfig } from './sandbox.config.js';
import type { SandboxDriver } from './sandbox.js';

/**
 * Every driver, strongest first: a kernel of its own; the host's kernel behind our allow-list; the host's kernel behind
 * the engine's profile; and an interpreter that has no way out, which runs JavaScript only.
 */
export const sandboxDrivers = (config: SandboxConfig): readonly SandboxDriver[] => [
  new GvisorDriver(config.BATON_SANDBOX_CGROUP),
  new BubblewrapDriver(config.BATON_SANDBOX_CGROUP),
  new DockerDriver(new Docker(), {
    javascript: config.BATON_SANDBOX_NODE_IMAGE,
    python: config.BATON_SANDBOX_PYTHON_IMAGE,
  }),
  new QuickjsDriver(),
];
