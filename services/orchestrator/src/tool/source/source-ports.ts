import type { OutboundGuard } from '@baton/service';

import type { ConnectionTokens } from '../../connection/connection-tokens.port.js';
import type { Environment } from './environment.js';

/** Hears of what an operator should know of the sources of tools. */
export interface SourceObserver {
  /** A tool of a source that can't be used. */
  toolRefused(source: string, tool: string, why: string): void;
  /** A source that does not answer; it is tried again. */
  trouble(source: string, error: unknown): void;
  /** It answers (again), with so many tools. */
  ready(source: string, tools: number): void;
}

/** What sources of tools are made with. */
export interface SourcePorts {
  readonly guard: OutboundGuard;
  readonly environment: Environment;
  /** Absent where nobody connects. */
  readonly connections: ConnectionTokens | undefined;
  readonly observer: SourceObserver;
}
