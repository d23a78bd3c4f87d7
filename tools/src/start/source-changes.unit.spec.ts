import { affectedBy } from './source-changes.js';

describe('what a change on disk asks for', () => {
  it('builds and restarts the service whose source changed', () => {
    expect(
      affectedBy(['services/orchestrator/src/turn/turn.ts', 'services/orchestrator/src/main.ts']),
    ).toEqual({
      packages: ['services/orchestrator'],
      services: ['orchestrator'],
      needsNewStart: false,
    });
  });

  it('restarts every service after a change in a library, which is built first', () => {
    expect(affectedBy(['services/gateway/src/main.ts', 'libs/bus/src/wire.ts'])).toEqual({
      packages: ['libs/bus', 'services/gateway'],
      services: 'all',
      needsNewStart: false,
    });
  });

  it('restarts every service after a change of workflows or knowledge, and builds nothing', () => {
    expect(affectedBy(['config/knowledge/returns.md'])).toMatchObject({ packages: [], services: 'all' });
  });

  it('leaves tests, build output and other files alone', () => {
    const files = [
      'libs/bus/src/wire.unit.spec.ts',
      'libs/bus/dist/wire.js',
      'services/gateway/package.json',
    ];
    expect(affectedBy(files)).toEqual({ packages: [], services: [], needsNewStart: false });
  });

  it('says when the running command itself has changed', () => {
    expect(affectedBy(['libs/system/src/index.ts', 'tools/src/start/main.ts'])).toMatchObject({
      services: [],
      needsNewStart: true,
    });
  });
});
