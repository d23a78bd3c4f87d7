import { BatonError, PROBLEMS, toProblemDetails } from '@baton/contracts';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Injectable,
  Logger,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { RouteTable } from '../auth/route-table.js';
import { toBatonError } from './to-problem.js';

const DEFAULT_RETRY_AFTER_MS = 1000;

/** Every error leaves here, as `application/problem+json`; a stranger leaves its text in our log only. */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  constructor(private readonly routes: RouteTable) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const path = request.url.split('?', 1)[0] ?? request.url;
    let error = toBatonError(thrown);
    if (!error) {
      this.logger.error(thrown, `${request.method} ${path}`);
      error = new BatonError('internal', 'An unexpected error; it is in our log under this request id');
    }
    if (thrown instanceof HttpException && error.code === 'not-found') {
      const allowed = this.routes.methodsOf(path);
      if (allowed.length > 0) {
        void reply.header('allow', allowed.join(', '));
        error = new BatonError('method-not-allowed', `${request.method} is not one of ${allowed.join(', ')}`);
      }
    }
    if (reply.sent || reply.raw.headersSent) return;
    const { status } = PROBLEMS[error.code];
    if (status === 401) void reply.header('www-authenticate', 'Bearer');
    if (status === 429 || status === 503) {
      const seconds = Math.max(1, Math.ceil((error.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS) / 1000));
      void reply.header('retry-after', String(seconds));
    }
    void reply
      .status(status)
      .header('content-type', 'application/problem+json')
      .send(JSON.stringify(toProblemDetails(error, path)));
  }
}
