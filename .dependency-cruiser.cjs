/** Boundaries inside packages, by the suffix of the file. Between packages: eslint.config.js. */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'pure-core-does-no-io',
      comment: 'A decider and what it reads: no framework, no database, no clock, no randomness.',
      severity: 'error',
      from: { path: '\\.(decider|evolve|state|transitions|commands)\\.ts$' },
      to: {
        path: '^(node:|node_modules/(@nestjs|typeorm|pg|ioredis|uuid|ws|@nats-io))|\\.(repository|client|module|controller|consumer|handler)\\.ts$|libs/(service|bus)/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'pure-core-uses-only-types-of-libraries',
      severity: 'error',
      from: { path: '\\.(decider|evolve|state|transitions|commands)\\.ts$' },
      to: { path: 'libs/event-store/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'doors-do-not-store',
      comment: 'A controller or consumer hands on to a handler; only handlers know repositories.',
      severity: 'error',
      from: { path: '\\.(controller|consumer)\\.ts$', pathNot: 'turn\\.consumer\\.ts$' },
      to: { path: 'services/.*\\.repository\\.ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(dist|\\.spec\\.ts$|/testing/)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      conditionNames: ['@baton/source', 'import', 'default'],
      extensions: ['.ts', '.js'],
    },
  },
};
