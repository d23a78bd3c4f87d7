export * from './decider-specification.js';
export * from './fake-clock.js';
export * from './wait-for.js';
