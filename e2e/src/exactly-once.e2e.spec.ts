import { type RunningBaton, startBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';

import { Api } from './api.js';

const QUESTION = 'How long do I have to return an item?';

describe('a turn', () => {
  let baton: RunningBaton;
  let api: Api;

  beforeAll(async () => {
    baton = await startBaton();
    api = new Api(baton.url, baton.apiKey);
  }, 120_000);
  afterAll(() => baton.stop());

  it('is one, however often the same message is sent at once, with equal answers', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => api.say('twenty', QUESTION, { turnId: 't-1' })),
    );
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200]));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true')).toHaveLength(
      19,
    );
    expect(await api.turns('twenty')).toHaveLength(1);
    expect(await api.messages('twenty')).toHaveLength(2);
  });

  it('is refused when the same id comes with another body', async () => {
    await api.say('reused', QUESTION, { turnId: 't-1' });
    const other = await api.say('reused', 'Something else', { turnId: 't-1' });
    expect(other).toMatchObject({ status: 422, body: { type: 'urn:baton:problem:idempotency-key-reused' } });
  });

  it('is one for an Idempotency-Key without ids of the caller', async () => {
    const send = () =>
      api.post<{ conversation_id: string; turn_number: number }>(
        '/api/v1/hil/message',
        { message: QUESTION, sender_type: 'user' },
        { 'idempotency-key': 'key-1', prefer: 'wait=30' },
      );
    const [first, ...others] = await Promise.all([send(), send(), send()]);
    for (const other of others) expect(other.body).toEqual(first.body);
    expect(await api.turns(first.body.conversation_id)).toHaveLength(1);
  });

  it('joins what comes within the quiet window, and each caller gets the same reply', async () => {
    const parts = await Promise.all(
      ['How long', 'do I have', 'to return an item?'].map((text, index) =>
        api.say('burst', text, { turnId: `t-${index}` }),
      ),
    );
    expect(new Set(parts.map((part) => part.body.turn_number))).toEqual(new Set([1]));
    expect(new Set(parts.map((part) => part.body.reply?.message_id)).size).toBe(1);
    expect((await api.turns('burst'))[0]?.inputs).toHaveLength(3);
  });

  it('never talks across conversations, fifty at once', async () => {
    const questions = [
      ['How long do I have to return an item?', /30 days/i],
      ['What payment methods do you accept?', /card|paypal/i],
    ] as const;
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => {
        const [question, expected] = questions[index % 2] as (typeof questions)[number];
        return {
          id: `many-${index}`,
          expected,
          answer: await api.say(`many-${index}`, question, { wait: 60 }),
        };
      }),
    );
    for (const { id, expected, answer } of answers) {
      expect(answer.body).toMatchObject({ conversation_id: id, status: 'COMPLETED', turn_number: 1 });
      expect(answer.body.reply?.content).toMatch(expected);
    }
    await waitFor(
      async () => {
        const counts = await Promise.all(
          answers.map(async ({ id }) => {
            const { body } = await api.get<{ memories: unknown[] }>(`/api/v1/conversations/${id}/memory`);
            return body.memories.length;
          }),
        );
        return counts.every((count) => count === 1);
      },
      { what: 'one memory each', timeoutMs: 60_000 },
    );
  }, 120_000);
});
