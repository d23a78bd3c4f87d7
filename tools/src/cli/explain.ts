import { ConnectionError, isProblem } from '@baton/client';

import { CliError } from './failure.js';
import { SealedStreamError } from './backup/sealed-stream.js';
import type { Surroundings } from './surroundings.js';

/** What a person is told of an error: one line, and what to do where that is known. Never a stack, never a secret. */
export const explain = (error: unknown, around: Surroundings): string => {
  if (error instanceof CliError || error instanceof SealedStreamError) return error.message;
  if (error instanceof ConnectionError)
    return `No Baton answers at ${around.baseUrl}: start it with npm start, or say where it is with BATON_URL`;
  if (isProblem(error)) {
    if (error.status === 401)
      return `${around.baseUrl} does not know this key: set BATON_API_KEY to an API key or a staff token of it`;
    if (error.status === 403)
      return `${error.message}: use a key with the scope that this needs (docs/reference/routes.md)`;
    const details = error.errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
    return details === '' ? error.message : `${error.message} (${details})`;
  }
  const { code, message, errors } = error as NodeJS.ErrnoException & { errors?: readonly Error[] };
  const said = message || errors?.[0]?.message || String(error);
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `A server that is needed does not answer (${said}): is it up? "npm run baton -- doctor" says more`;
  if (code === '28P01' || code === '28000')
    return `PostgreSQL does not let us in (${said}): look at DATABASE_URL`;
  return said;
};
