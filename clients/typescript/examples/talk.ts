/**
 * A customer's side, from a server or a terminal: asks, reads the answer as it is written, asks for a person.
 *
 *   BATON_URL=http://127.0.0.1:3000 BATON_API_KEY=dev-key node clients/typescript/examples/talk.ts "How long do I have to return an item?"
 */
import { createClient } from '@baton/client';

const { BATON_URL = 'http://127.0.0.1:3000', BATON_API_KEY = 'dev-key' } = process.env;
const baton = createClient({ baseUrl: BATON_URL, token: BATON_API_KEY });
const message = process.argv[2] ?? 'How long do I have to return an item?';

// Sent as often as it takes, and kept once: the client gives it an idempotency key.
const turn = await baton.conversations.send({ message, sender_type: 'user' });

// The log from its first event, then what follows; a lost connection goes on where it was.
const stream = baton.conversations.stream(turn.conversation_id);
stream.onState((state) => process.stderr.write(`[${state}]\n`));
for await (const item of stream) {
  if (item.kind === 'delta') process.stdout.write(item.content);
  if (item.kind === 'delta.reset') process.stdout.write('\r');
  if (item.kind !== 'event') continue;
  if (item.event.type === 'conversation.turn_completed') {
    const reply = item.event.data['reply'] as { content: string } | null;
    process.stdout.write(`\nanswer: ${reply?.content ?? '(none)'}\n`);
    break;
  }
}

const { handover_id, state, queue } = await baton.conversations.handover(turn.conversation_id, {
  note: 'Would rather talk',
});
process.stdout.write(`${state}: ${handover_id}, number ${queue?.position ?? '?'} in the queue\n`);
await baton.conversations.cancelHandover(turn.conversation_id);
