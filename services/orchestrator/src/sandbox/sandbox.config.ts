import { intVariable } from '@baton/service';
import { z } from 'zod';

import { DRIVER_NAMES } from './sandbox.js';

/** What an operator may say of the sandbox, as a part of the service's configuration. */
export const sandboxVariables = {
  /** The one driver to use; `auto` takes the strongest that proves itself, `none` refuses the code agent. */
  BATON_SANDBOX: z.enum(['auto', ...DRIVER_NAMES, 'none']).default('auto'),
  /** A cgroup v2 folder in which this service may make groups; found by itself unless told. */
  BATON_SANDBOX_CGROUP: z.string().startsWith('/').optional(),
  /** Programs that run at once in this process; the others wait. */
  BATON_SANDBOX_CONCURRENCY: intVariable(1, 64).default(2),
  BATON_SANDBOX_SECONDS: intVariable(1, 300).default(10),
  BATON_SANDBOX_MEMORY_MB: intVariable(64, 8192).default(256),
  /** Images of the docker driver. */
  BATON_SANDBOX_NODE_IMAGE: z.string().default('node:24-slim'),
  BATON_SANDBOX_PYTHON_IMAGE: z.string().default('python:3.13-slim'),
};

export type SandboxConfig = z.output<z.ZodObject<typeof sandboxVariables>>;
