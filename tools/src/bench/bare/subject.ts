/** What the bare gateway asks and the bare service answers. */
export const BARE_SUBJECT = 'bench.bare.accept';
