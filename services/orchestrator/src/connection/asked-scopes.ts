import { BatonError } from '@baton/contracts';

import type { Provider } from './provider/provider.js';

/**
 * The scopes that a connection is asked for: the caller's where they are among those of the provider's file, the file's
 * default ones where the caller names none.
 * @param published by the server or the API, for a file that names none
 * @throws BatonError `validation-failed` with the place of each that may not be asked for
 */
export const askedScopes = (
  provider: Provider,
  wanted: readonly string[] | undefined,
  published: readonly string[],
): readonly string[] => {
  if (wanted === undefined) return provider.scopes;
  const listed = [...provider.scopes, ...provider.optionalScopes];
  const allowed = listed.length > 0 ? listed : published;
  const errors = wanted.flatMap((scope, index) =>
    allowed.includes(scope)
      ? []
      : [{ path: `scopes.${index}`, message: `is not a scope that ${provider.name} may be asked for` }],
  );
  if (errors.length > 0) throw new BatonError('validation-failed', 'The request is not valid', { errors });
  return [...new Set(wanted)];
};
