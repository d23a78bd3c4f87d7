import { ANALYTICS_GROUPS } from '@baton/contracts';

import { GROUPINGS } from './analytics-api.js';

describe('what the numbers are shown by', () => {
  it('is all that the gateway groups by', () => {
    expect(GROUPINGS).toEqual(ANALYTICS_GROUPS);
  });
});
