import fc from 'fast-check';

/** The same draws in every run of the tests; `FC_SEED=random npm run test:all -- --selectProjects prop` looks further. */
const { FC_SEED = '20261122' } = process.env;
if (FC_SEED !== 'random') fc.configureGlobal({ seed: Number(FC_SEED) });
