import { Actor, type RecordedEvent } from '@baton/contracts';
import { MsgHdrsImpl } from '@nats-io/transport-node';
import fc from 'fast-check';

import { decodeEvent, encodeEvent, UndecodableEventError } from './cloud-events.js';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
const token = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
const actorType = fc.constantFrom(...Actor.shape.type.options);

const event: fc.Arbitrary<RecordedEvent> = fc.record({
  event_id: text.filter((id) => id.trim() === id),
  tenant_id: token,
  stream_type: token,
  stream_id: token,
  version: fc.integer({ min: 1 }),
  type: fc.stringMatching(/^[a-z_]{1,20}\.[a-z_]{1,20}$/),
  schema_version: fc.integer({ min: 1, max: 1000 }),
  data: fc.dictionary(
    text.filter((key) => key !== '__proto__'),
    fc.jsonValue().filter(survivesJson),
  ),
  metadata: fc.record(
    {
      actor: fc.record({ type: actorType, id: fc.string({ unit: 'binary' }) }),
      owner: text,
      owner_epoch: fc.integer(),
      key_id: text,
      correlation_id: text,
      causation_id: text,
      traceparent: text,
    },
    { requiredKeys: ['actor'] },
  ),
  occurred_at: fc
    .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
    .map((date) => date.toISOString()),
});

/** JSON has no -0, and a key `__proto__` is dropped for what it may do; nothing else of a value changes on the way. */
function survivesJson(value: unknown): boolean {
  const told = JSON.stringify(value, (_, v: unknown) => (Object.is(v, -0) ? 'minus zero' : v));
  return !told.includes('minus zero') && !told.includes('"__proto__"');
}

describe('an event on the bus', () => {
  it('comes out as it went in, through the bytes of its headers', () => {
    fc.assert(
      fc.property(event, (original) => {
        const { headers, payload } = encodeEvent(original);
        const received = MsgHdrsImpl.decode((headers as MsgHdrsImpl).encode());
        expect(decodeEvent(received, payload)).toEqual(JSON.parse(JSON.stringify(original)));
      }),
    );
  });

  it('has only printable ASCII in its headers, whatever is in the event', () => {
    fc.assert(
      fc.property(event, (original) => {
        for (const [, values] of encodeEvent(original).headers) expect(values[0]).toMatch(/^[\x21-\x7e]*$/);
      }),
    );
  });

  it('is refused with a reason when any of its headers is missing', () => {
    fc.assert(
      fc.property(event, fc.nat(), (original, pick) => {
        const { headers, payload } = encodeEvent(original);
        const needed = headers
          .keys()
          .filter((name) => name.startsWith('ce-') && !/specversion|source|subject|traceparent/.test(name));
        headers.delete(needed[pick % needed.length] ?? '');
        expect(() => decodeEvent(headers, payload)).toThrow(UndecodableEventError);
      }),
    );
  });

  it('is refused, never misread, when its payload is not a JSON object', () => {
    fc.assert(
      fc.property(event, fc.string(), (original, payload) => {
        const isObject = ((): boolean => {
          try {
            const value: unknown = JSON.parse(payload);
            return typeof value === 'object' && value !== null && !Array.isArray(value);
          } catch {
            return false;
          }
        })();
        fc.pre(!isObject);
        expect(() => decodeEvent(encodeEvent(original).headers, payload)).toThrow(UndecodableEventError);
      }),
    );
  });
});
