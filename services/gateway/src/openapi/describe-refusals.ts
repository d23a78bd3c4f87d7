import { PROBLEMS, type ProblemCode } from '@baton/contracts';
import type { OpenAPIObject } from '@nestjs/swagger';

type ResponseObject = { description: string; content?: Record<string, object> };

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
/** What any request may be told before a route's own code sees it: that it can't be read. */
const OF_EVERY_ROUTE: readonly ProblemCode[] = ['validation-failed'];
/** The same of a body. */
const OF_A_BODY: readonly ProblemCode[] = ['body-too-large', 'unsupported-media-type'];

/** Describes what is refused before a route is reached, where the route itself does not say it. */
export const describeRefusals = (document: OpenAPIObject): void => {
  for (const item of Object.values(document.paths))
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      for (const code of operation.requestBody ? [...OF_EVERY_ROUTE, ...OF_A_BODY] : OF_EVERY_ROUTE) {
        const { status, title } = PROBLEMS[code];
        const problem = {
          'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDto' } },
        };
        const described = (operation.responses[status] ??= { description: title }) as ResponseObject;
        // A page for people may answer with itself, and is still behind what reads the request.
        described.content = { ...problem, ...described.content };
      }
    }
};
