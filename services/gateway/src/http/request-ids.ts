const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** The caller's request id where it is one, else a new one. */
export const requestIdOf = (header: unknown, make: () => string): string =>
  typeof header === 'string' && REQUEST_ID.test(header) ? header : make();
