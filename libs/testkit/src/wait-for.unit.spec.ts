import { waitFor } from './wait-for.js';

describe('waitFor', () => {
  it('gives back what the condition came to', async () => {
    let polls = 0;
    const value = await waitFor(() => (++polls < 3 ? null : 'there'), { what: 'the third poll', everyMs: 1 });
    expect(value).toBe('there');
    expect(polls).toBe(3);
  });

  it('takes a condition that throws for one that is not met yet', async () => {
    let polls = 0;
    const condition = () => {
      if (++polls < 2) throw new Error('not there');
      return true;
    };
    await expect(waitFor(condition, { what: 'no more errors', everyMs: 1 })).resolves.toBe(true);
  });

  it('names what it waited for when time is up', async () => {
    await expect(waitFor(() => false, { what: 'the reply', timeoutMs: 5, everyMs: 1 })).rejects.toThrow(
      'Waited 5 ms in vain for the reply',
    );
  });

  it("says the condition's last error when time is up", async () => {
    const condition = () => Promise.reject(new Error('connection refused'));
    await expect(waitFor(condition, { what: 'the server', timeoutMs: 5, everyMs: 1 })).rejects.toThrow(
      'Waited 5 ms in vain for the server: connection refused',
    );
  });
});
