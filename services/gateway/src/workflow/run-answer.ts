import type { RunView } from '@baton/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { parsePrefer } from '../http/prefer.js';
import { Replays } from '../openapi/headers.js';
import { RunDto } from './workflow.dto.js';

/** A synchronous call waits this long; what takes longer is answered as it is then, and read by its id. */
const EXECUTE_WAIT_MS = 60_000;

/** How long the caller of an execution is ready to wait. */
export interface Patience {
  readonly waitMs: number;
  /** Of `performance.now()`. */
  readonly untilMs: number;
  /** What of `Prefer` is honoured. */
  readonly applied: 'respond-async' | 'wait' | null;
}

export const patienceOf = (request: FastifyRequest): Patience => {
  const { wait, respondAsync } = parsePrefer(request.headers.prefer);
  const waitMs = wait > 0 ? wait * 1000 : respondAsync ? 0 : EXECUTE_WAIT_MS;
  return {
    waitMs,
    untilMs: performance.now() + waitMs,
    applied: respondAsync ? 'respond-async' : wait > 0 ? 'wait' : null,
  };
};

/** 200 where it ended, 202 where it runs on or is paused. */
export const answerRun = (run: RunView, { applied }: Patience, reply: FastifyReply): RunView => {
  if (run.status === 'RUNNING' || run.status === 'PAUSED') void reply.status(202);
  if (applied) void reply.header('preference-applied', applied);
  return run;
};

/** What the documents say of a route that executes something. */
export const Executes = (): MethodDecorator =>
  applyDecorators(
    Replays(),
    ApiHeader({
      name: 'Prefer',
      required: false,
      description: '`respond-async` answers at once; `wait=<seconds>` at the latest after that',
      schema: { type: 'string', example: 'respond-async' },
    }),
    ApiResponse({ status: 200, type: RunDto, description: 'It ended' }),
    ApiResponse({ status: 202, type: RunDto, description: 'It runs, or is paused for a human' }),
  );
