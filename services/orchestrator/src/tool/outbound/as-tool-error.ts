import { isSafeMethod, OutboundError } from '@baton/service';

import { ToolError } from '../tool.js';

/**
 * What a request of a tool that came to nothing says: a tool's own no where surely nothing was done, else the error
 * as it came, which leaves the outcome open.
 */
export const asToolError =
  (method: string) =>
  (error: unknown): never => {
    if (!(error instanceof OutboundError)) throw error;
    const { mayHaveArrived, isTrouble } = error.about;
    if (mayHaveArrived && !isSafeMethod(method)) throw error;
    throw new ToolError(error.code, error.message, isTrouble);
  };
