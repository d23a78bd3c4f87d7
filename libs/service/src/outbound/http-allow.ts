import { z } from 'zod';

/** `BATON_HTTP_ALLOW`: a `host:port` list that may be reached though it is private or loopback. */
export const httpAllowVariable = z
  .string()
  .regex(/^[^\s,]+:\d+(,[^\s,]+:\d+)*$/, 'must be host:port, comma-separated')
  .transform((list) => list.split(','))
  .optional();
