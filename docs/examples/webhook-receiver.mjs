// Takes deliveries, checks who sent them, and prints each once, one JSON line each: node webhook-receiver.mjs
// WEBHOOK_SECRET: the whsec_… that POST /api/v1/webhooks answered with; PORT: where to listen.
import { createServer } from 'node:http';

import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.WEBHOOK_SECRET);
// A real one keeps these in its database, in the transaction of what it does.
const done = new Set();

createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  // The bytes as they came: a body that was parsed and written again has another signature.
  const body = Buffer.concat(chunks);
  let message;
  try {
    message = webhook.verify(body, request.headers);
  } catch {
    response.writeHead(401).end('The signature is not right');
    return;
  }
  const id = request.headers['webhook-id'];
  if (!done.has(id)) {
    console.log(JSON.stringify({ id, ...message }));
    done.add(id);
  }
  response.writeHead(204).end();
}).listen(Number(process.env.PORT ?? 8080), '127.0.0.1');
