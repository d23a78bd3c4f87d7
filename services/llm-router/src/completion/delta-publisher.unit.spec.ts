import { DeltaPublisher } from './delta-publisher.js';

describe('tokens on their way to whoever watches', () => {
  it('go at once when it is the first, and together when they come together', async () => {
    const published: string[] = [];
    const deltas = new DeltaPublisher(
      { publish: (_, payload) => published.push((payload as { text: string }).text) },
      's',
      'c',
    );

    deltas.push('One ');
    expect(published).toEqual(['One ']);
    deltas.push('two ');
    deltas.push('three ');
    await new Promise((resolve) => setImmediate(resolve));
    expect(published).toEqual(['One ', 'two three ']);
    deltas.push('four');
    deltas.flush();
    deltas.flush();
    expect(published.join('')).toBe('One two three four');
  });

  it('go under another id when they are of another attempt, what waited before them', () => {
    const published: unknown[] = [];
    const deltas = new DeltaPublisher({ publish: (_, payload) => published.push(payload) }, 's', 'c');

    deltas.push('One ', 1);
    deltas.push('tw', 1);
    deltas.push('One ', 2);
    deltas.flush();

    expect(published).toEqual([
      { call_id: 'c', text: 'One ' },
      { call_id: 'c', text: 'tw' },
      { call_id: 'c/2', text: 'One ' },
    ]);
  });
});
