import type { z } from 'zod';

/** An event type as a value: its name, its version, its schema and which of its fields are personal. */
export interface EventDefinition<
  T extends string = string,
  S extends z.ZodType<Record<string, unknown>> = z.ZodType<Record<string, unknown>>,
> {
  /** `<stream>.<past_tense>`; on the bus `baton.<type>.v<version>`. */
  readonly type: T;
  readonly version: number;
  readonly schema: S;
  /** Top-level fields of `data` that are sealed with the conversation's key in the log and on the bus. */
  readonly personal: readonly (keyof z.infer<S> & string)[];
  readonly example: z.input<S>;
}

export const defineEvent = <const T extends string, S extends z.ZodType<Record<string, unknown>>>(
  definition: EventDefinition<T, S>,
): EventDefinition<T, S> => definition;

/** The domain value of an event: what `decide` returns and `evolve` takes. */
export type EventOf<D> =
  D extends EventDefinition<infer T, infer S> ? { readonly type: T; readonly data: z.output<S> } : never;
