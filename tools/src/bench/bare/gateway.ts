import { connect } from '@nats-io/transport-node';
import { fastify } from 'fastify';

import { BARE_SUBJECT } from './subject.js';

/** HTTP in, one NATS request, its answer out; nothing is checked. */
const nats = await connect({ servers: process.env['NATS_URL'] as string, noAsyncTraces: true });
const app = fastify();
app.post('/*', async (request, reply) => {
  const answer = await nats.request(BARE_SUBJECT, JSON.stringify(request.body), { timeout: 10_000 });
  return reply.status(202).send(answer.json());
});
process.stdout.write(`ready: ${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
