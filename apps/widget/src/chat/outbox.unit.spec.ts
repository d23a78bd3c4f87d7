import { BatonProblem, ConnectionError, type Conversations, type NewMessage } from '@baton/client';
import { waitFor } from '@baton/testkit';

import { Outbox } from './outbox.js';

/** A server that answers as it is told, call by call. */
const played = (...answers: readonly (Error | null)[]) => {
  const sent: NewMessage[] = [];
  const left = [...answers];
  const calls = {
    send: (message: NewMessage) => {
      sent.push(message);
      const answer = left.shift() ?? null;
      return answer ? Promise.reject(answer) : Promise.resolve({});
    },
  } as unknown as Conversations;
  let accepted = 0;
  const outbox = new Outbox(calls, { changed: () => undefined, accepted: () => (accepted += 1) });
  return { outbox, sent, accepted: () => accepted };
};
const problem = (status: number): BatonProblem =>
  new BatonProblem(status, 'x', { detail: `It is ${status}` });

describe('the outbox', () => {
  it('sends one after the other, each under its own id, and lets go of them when the log has them', async () => {
    const { outbox, sent, accepted } = played();
    outbox.add('One');
    outbox.add('Two');
    await waitFor(() => accepted() === 2, { what: 'both to be accepted' });
    expect(sent.map(({ message }) => message)).toEqual(['One', 'Two']);
    const ids = sent.map(({ turn_id }) => turn_id as string);
    expect(new Set(ids).size).toBe(2);
    expect(outbox.pending).toHaveLength(2);
    outbox.settle(new Set([ids[0] as string]));
    expect(outbox.pending.map(({ text }) => text)).toEqual(['Two']);
    outbox.end();
  });

  it('sends again, under the same id, what nobody answered, and says that it is stuck meanwhile', async () => {
    const { outbox, sent, accepted } = played(new ConnectionError('nobody'), problem(503));
    outbox.restore([{ turnId: 'kept', text: 'One' }]);
    for (const times of [1, 2]) {
      await waitFor(() => sent.length === times && outbox.isStuck, { what: `attempt ${times}` });
      outbox.hurry();
    }
    await waitFor(() => accepted() === 1, { what: 'it to be accepted' });
    expect(sent.map(({ turn_id }) => turn_id)).toEqual(['kept', 'kept', 'kept']);
    expect(outbox.isStuck).toBe(false);
    outbox.end();
  });

  it('says why one was refused, and goes on with the next', async () => {
    const { outbox, accepted } = played(problem(400));
    outbox.add('Bad');
    outbox.add('Good');
    await waitFor(() => accepted() === 1, { what: 'the good one to be accepted' });
    expect(outbox.pending[0]).toMatchObject({ text: 'Bad', refused: 'It is 400' });
    outbox.discard(outbox.pending[0]?.turnId ?? '');
    expect(outbox.pending.map(({ text }) => text)).toEqual(['Good']);
    outbox.end();
  });
});
