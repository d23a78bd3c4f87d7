import { PROBLEMS, type ProblemCode } from '@baton/contracts';
import type { OpenAPIObject } from '@nestjs/swagger';

/** What is answered before a route's own code sees a body. */
const REFUSALS: readonly ProblemCode[] = ['body-too-large', 'unsupported-media-type'];
const METHODS = ['post', 'put', 'patch', 'delete'] as const;

/** Every route that takes a body may find it too large, or of a type that it does not read. */
export const describeBodies = (document: OpenAPIObject): void => {
  for (const item of Object.values(document.paths))
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation?.requestBody) continue;
      for (const code of REFUSALS) {
        const { status, title } = PROBLEMS[code];
        operation.responses[status] ??= {
          description: title,
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDto' } } },
        };
      }
    }
};
