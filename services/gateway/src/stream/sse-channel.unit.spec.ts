import { wantsEventStream } from './sse-channel.js';

describe('whether a stream is asked for', () => {
  const asked = (accept: string | undefined, method = 'GET'): boolean =>
    wantsEventStream({ method, headers: { accept } });

  it.each([
    'text/event-stream',
    'Text/Event-Stream',
    'text/event-stream, */*',
    'application/json;q=0.9, text/event-stream',
    'text/event-stream;q=0.5, */*;q=0.1',
  ])('it is by %s', (accept) => expect(asked(accept)).toBe(true));

  it.each([
    undefined,
    '*/*',
    'text/*',
    'application/json',
    'application/json, text/event-stream;q=0.5',
    'text/event-stream;q=0',
    'text/event-stream; q=many',
  ])('it is not by %s, which a page satisfies', (accept) => expect(asked(accept)).toBe(false));

  it('is by nothing but GET', () => expect(asked('text/event-stream', 'HEAD')).toBe(false));
});
