import type { RecordedEvent } from '@baton/contracts';

import { StreamVersions } from './stream-versions.js';

describe('the versions of streams that were seen', () => {
  const event = (version: number, stream_id = 'conv_1', tenant_id = 'acme') =>
    ({ tenant_id, stream_type: 'conversation', stream_id, version }) as RecordedEvent;

  it('tell the first of a stream, what follows, and what a later one has overtaken', () => {
    const versions = new StreamVersions();
    const seen = [7, 8, 20, 9, 20, 21].map((version) => versions.see(event(version)));
    expect(seen).toEqual(['first', 'next', 'next', 'overtaken', 'overtaken', 'next']);
  });

  it('are each stream its own', () => {
    const versions = new StreamVersions();
    versions.see(event(9));
    expect(versions.see(event(1, 'conv_2'))).toBe('first');
    expect(versions.see(event(1, 'conv_1', 'globex'))).toBe('first');
  });

  it('forget the streams that were quiet longest', () => {
    const versions = new StreamVersions();
    versions.see(event(5));
    versions.see(event(5, 'quiet'));
    versions.see(event(6));
    for (let n = 1; n < 50_000; n += 1) versions.see(event(1, `other_${n}`));
    expect(versions.see(event(5))).toBe('overtaken');
    expect(versions.see(event(5, 'quiet'))).toBe('first');
  });
});
