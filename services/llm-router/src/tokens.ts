/** What the tiers come to. */
export const TIERS = Symbol('TIERS');
/** What is done without a served model. */
export const OFFLINE_MODEL = Symbol('OFFLINE_MODEL');
