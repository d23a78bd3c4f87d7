import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import type { GatewayConfig } from '../config.js';
import { ApiDocuments } from '../openapi/api-documents.js';
import { RequestAudit } from '../audit/request-audit.js';
import { DtoPipe } from '../problem/dto.pipe.js';
import { ProblemFilter } from '../problem/problem.filter.js';
import { Admission } from './admission.js';
import { useBodyParsers } from './body-parser.js';
import { useProblemsBelowRouting } from './framework-errors.js';
import { identifyRequests } from './identify.js';

const EXPOSED = [
  'Idempotency-Replayed',
  'Preference-Applied',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'Traceparent',
  'X-Request-Id',
];

/** Security headers, CORS, bodies, admission and problems; must run before `app.init()`. */
export const setUpHttp = async (app: NestFastifyApplication, config: GatewayConfig): Promise<void> => {
  identifyRequests(app);
  app.enableCors({
    origin: config.BATON_ALLOWED_ORIGINS,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED,
    maxAge: 600,
    // An OPTIONS that is no preflight is a question like any other.
    strictPreflight: false,
  });
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: { 'upgrade-insecure-requests': null },
    },
    // The gateway speaks plain HTTP behind whoever ends TLS: that one sets the header.
    strictTransportSecurity: false,
    // The widget is made to be loaded by other sites.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
  });
  // Only how a file is sent; which file is for the pages' own routes to say.
  await app.register(fastifyStatic, { root: import.meta.dirname, serve: false, preCompressed: true });
  useBodyParsers(app);
  useProblemsBelowRouting(app);
  app.get(ApiDocuments).describe(app);
  const fastify = app.getHttpAdapter().getInstance();
  app.get(Admission).register(fastify);
  app.get(RequestAudit).register(fastify);
  // Nest takes no last slash in a path; people and proxies write one.
  fastify.get('/docs/', (_request, reply) => reply.redirect('/docs', 308));
  app.useGlobalPipes(app.get(DtoPipe));
  app.useGlobalFilters(app.get(ProblemFilter));
};
