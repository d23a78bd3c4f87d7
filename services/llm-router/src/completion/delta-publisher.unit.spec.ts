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
});
