import { z } from 'zod';

/** RFC 3339 UTC with milliseconds, as every time on Baton's wire. */
export const Timestamp = z.iso.datetime({ precision: 3 });
export type Timestamp = string;
