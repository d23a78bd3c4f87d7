/**
 * A human agent who takes the first conversation that is offered, greets, and gives it back to the AI.
 *
 *   BATON_URL=http://127.0.0.1:3000 BATON_API_KEY=dev-key node clients/typescript/examples/staff.ts
 */
import { createClient } from '@baton/client';

const { BATON_URL = 'http://127.0.0.1:3000', BATON_API_KEY = 'dev-key' } = process.env;
const agent_id = process.argv[2] ?? 'example_agent';

// With an API key: make the agent, and a token that stands for them.
const admin = createClient({ baseUrl: BATON_URL, token: BATON_API_KEY });
await admin.api.POST('/api/v1/human-agents', { body: { agent_id, name: 'Example agent' } });
const { data } = await admin.api.POST('/api/v1/human-agents/{id}/token', {
  params: { path: { id: agent_id } },
});

const desk = createClient({ baseUrl: BATON_URL, token: data?.token ?? '' });
const stream = desk.staff.stream();
stream.onState((state) => {
  process.stdout.write(`[${state}]\n`);
  if (state === 'open') void desk.staff.setPresence(agent_id, 'ONLINE');
});
for await (const { type, data: told } of stream) {
  if (type !== 'offer.created') continue;
  const { conversation_id } = await desk.staff.accept(String(told['offer_id']));
  process.stdout.write(`accepted ${conversation_id}\n`);
  await desk.conversations.send({ conversation_id, message: 'A person here!', sender_type: 'human_agent' });
  await desk.api.POST('/api/v1/hil/resolve/{id}', {
    params: { path: { id: conversation_id } },
    body: { outcome: 'BACK_TO_AI', guidance: 'They only wanted to say hello.' },
  });
  break;
}
await desk.staff.setPresence(agent_id, 'OFFLINE');
process.stdout.write('done\n');
