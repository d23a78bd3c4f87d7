import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { findCheckout } from '@baton/system';

import { crashPointsOf } from '../crash-points.js';
import { replaceIn } from './mutant.js';
import { MUTANTS } from './mutants.js';

/** Where the text of the function that the mutants change is built. */
const SQL_SOURCE = 'libs/event-store/dist/schema/batched-log.js';

const built = (file: string): string => readFileSync(join(findCheckout(), file), 'utf8');

// The whole of it is `npm run chaos -- --mutants`; a mutant that fits no code any more is found here.
describe('the mutants', () => {
  it('take away each safeguard that the promises rest on', () => {
    expect(MUTANTS.map(({ safeguard }) => safeguard)).toEqual([
      'idempotency row',
      'expected version',
      'inbox',
      'fencing (attempt)',
      'publish after commit',
      'ack after commit',
      'delete after PubAck',
      're-publish after stream loss',
    ]);
  });

  it.each(MUTANTS.map((mutant) => [mutant.safeguard, mutant] as const))(
    'still fit: %s',
    (_safeguard, mutant) => {
      for (const [file, replacements] of Object.entries(mutant.code ?? {})) {
        expect(replaceIn(built(file), replacements, file)).not.toBe(built(file));
      }
      if (mutant.sql) replaceIn(built(SQL_SOURCE), mutant.sql.replacements, SQL_SOURCE);
    },
  );

  it('say so where they do not fit', () => {
    expect(() => replaceIn('a b', [{ from: 'c', to: 'd' }], 'x.js')).toThrow(
      'x.js: "c" is there 0 times, not 1',
    );
    expect(() => replaceIn('a a', [{ from: 'a', to: 'd' }], 'x.js')).toThrow('is there 2 times, not 1');
    expect(replaceIn('a a', [{ from: 'a', to: '$&', times: 2 }], 'x.js')).toBe('$& $&');
  });
});

describe('the crash points', () => {
  it('are found in the code, those of each consumer too', () => {
    expect(crashPointsOf(findCheckout())).toEqual(
      expect.arrayContaining([
        ...['store.before_commit', 'store.after_commit', 'relay.before_publish', 'relay.after_publish'],
        ...['accept.after_commit', 'accept.after_agreed', 'turn.before_complete', 'timers.after_fire'],
        ...['memory-worker-turns.before_handle', 'queue-manager-conversations.after_handle'],
      ]),
    );
  });
});
