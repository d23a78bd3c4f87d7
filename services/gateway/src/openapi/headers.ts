import { applyDecorators } from '@nestjs/common';
import { ApiHeader, type ApiHeaderOptions } from '@nestjs/swagger';

import { problems } from '../problem/problem.dto.js';

export const PREFER_WAIT: ApiHeaderOptions = {
  name: 'Prefer',
  required: false,
  description: '`wait=<seconds>` (at most 60) waits for the outcome',
  schema: { type: 'string', example: 'wait=10' },
};

/** A POST that honours `Idempotency-Key`. */
export const Replays = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Kept 24 h: the same key and body give the first answer again, with `Idempotency-Replayed: true`',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
    problems('idempotency-key-reused'),
  );
