import { OutboundGuard } from '@baton/service';

import type { SourcePorts } from '../source/source-ports.js';

export interface HeardOfSources {
  readonly refused: string[];
  readonly trouble: string[];
  readonly ready: number[];
}

/** What sources are made with in tests, and what an operator would have been told. */
export const sourcePorts = (
  given: Partial<SourcePorts> & { readonly allowed?: readonly string[] } = {},
): SourcePorts & { readonly heard: HeardOfSources } => {
  const heard: HeardOfSources = { refused: [], trouble: [], ready: [] };
  const { allowed = [], ...rest } = given;
  return {
    guard: new OutboundGuard(allowed),
    environment: {},
    connections: undefined,
    observer: {
      toolRefused: (source, tool, why) => heard.refused.push(`${source}: ${tool}: ${why}`),
      trouble: (source, error) => heard.trouble.push(`${source}: ${String(error)}`),
      ready: (_source, tools) => heard.ready.push(tools),
    },
    ...rest,
    heard,
  };
};
