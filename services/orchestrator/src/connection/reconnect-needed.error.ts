import { ToolError } from '../tool/tool.js';

/** Why a tool can't be used until a person has (re)connected. */
export type ReconnectReason =
  /** The tenant has no connection to the provider. */
  | 'not-connected'
  /** The token has ended and can't be refreshed. */
  | 'connection-expired'
  /** The connection was granted less than the call needs. */
  | 'missing-scope';

/**
 * A tool's no that no retry and no model can mend: a person has to connect again. Whoever runs the tool hands over with
 * {@link message} instead of failing the run.
 */
export class ReconnectNeededError extends ToolError {
  constructor(
    readonly reason: ReconnectReason,
    readonly provider: string,
    /** Null where there never was one. */
    readonly connectionId: string | null,
    message: string,
  ) {
    super(reason, message);
  }
}

/** True for a {@link ReconnectNeededError}; tells it from a tool's other no's. */
export const isReconnectNeeded = (error: unknown): error is ReconnectNeededError =>
  error instanceof ReconnectNeededError;
