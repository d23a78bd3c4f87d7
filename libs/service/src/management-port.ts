import { createServer, type Server } from 'node:http';

import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** What an operator's tools ask for; where there is a management port it is answered there only. */
const METRICS = '/metrics';
const isManagement = (path: string): boolean => path === METRICS || path.startsWith('/health/');

const pathOf = (url: string | undefined): string => (url ?? '').split('?', 1)[0] as string;

/** From now on `/metrics` is nothing that the public port knows; health stays, for load balancers. */
export const hideMetrics = (app: NestFastifyApplication): void => {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, done) => {
      // Requests of the management port have come in through a server of its own.
      if (pathOf(request.raw.url) !== METRICS || request.raw.socket.localPort !== portOf(app)) return done();
      reply.callNotFound();
    });
};

const portOf = (app: NestFastifyApplication): number | undefined => {
  const address = app.getHttpServer().address();
  return address === null || typeof address === 'string' ? undefined : address.port;
};

/** Health and metrics on a port of their own, which no ingress leads to. Closed with the application. */
export const listenForManagement = async (
  app: NestFastifyApplication,
  port: number,
  host: string,
): Promise<Server> => {
  const fastify = app.getHttpAdapter().getInstance();
  const server = createServer((request, response) => {
    if (isManagement(pathOf(request.url))) return fastify.routing(request, response);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  app.getHttpServer().once('close', () => {
    server.closeAllConnections();
    server.close();
  });
  return server;
};
