import type { OpenAPIObject } from '@nestjs/swagger';

const INDICATORS = {
  type: 'object',
  description: 'Each dependency by its name: process, postgres, nats, redis',
  additionalProperties: {
    type: 'object',
    required: ['status'],
    properties: { status: { type: 'string', enum: ['up', 'degraded', 'down'] }, message: { type: 'string' } },
    // What else its own check tells: how long it took, and the like.
    additionalProperties: true,
  },
};

const READINESS = {
  type: 'object',
  required: ['status', 'details'],
  properties: {
    status: { type: 'string', enum: ['ok', 'degraded', 'error', 'shutting_down'] },
    info: { ...INDICATORS, nullable: true },
    error: { ...INDICATORS, nullable: true },
    details: INDICATORS,
  },
};

const json = (description: string, schema: object): object => ({
  description,
  content: { 'application/json': { schema } },
});

const OPERATIONS: Readonly<Record<string, { summary: string; responses: Record<string, object> }>> = {
  '/health/live': {
    summary: 'The process runs',
    responses: {
      200: json('It does', {
        type: 'object',
        required: ['status'],
        properties: { status: { type: 'string', enum: ['ok'] } },
      }),
    },
  },
  '/health/ready': {
    summary: 'The process should get work; names each dependency',
    responses: {
      200: json('It should', READINESS),
      503: json('It should not: what is needed is down, or it is about to end', READINESS),
    },
  },
  '/metrics': {
    summary: 'What Prometheus scrapes',
    responses: {
      200: {
        description: 'Metrics in the Prometheus text format',
        content: { 'text/plain': { schema: { type: 'string' } } },
      },
    },
  },
};

/** The routes that every service has come from a package that knows nothing of OpenAPI: described here. */
export const describeHealth = (document: OpenAPIObject): void => {
  for (const [path, described] of Object.entries(OPERATIONS)) {
    const operation = document.paths[path]?.get;
    if (operation) Object.assign(operation, described);
  }
};
