import { CallerToken, ID_KINDS } from '@baton/contracts';

import { newId } from './ids.js';

describe('a new id', () => {
  it.each([...ID_KINDS])('of kind %s says its kind and is a UUID of version 7', (kind) => {
    const id = newId(kind);
    expect(id).toMatch(
      new RegExp(`^${kind}_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`),
    );
    expect(CallerToken.safeParse(id).success).toBe(true);
  });

  it('is another each time, and sorts by when it was made', () => {
    const ids = Array.from({ length: 2_000 }, () => newId('evt'));
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
  });
});
