import { Injectable, type INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

import { asyncApiDocument } from './asyncapi.js';
import { describeRefusals } from './describe-refusals.js';
import { describeHealth } from './health-operations.js';

export const API_VERSION = '1.0.0';

const DESCRIPTION = `Conversations that an AI agent and a human hand to each other.

Errors are RFC 9457 \`application/problem+json\`. Lists take \`limit\` and \`cursor\`. Every POST honours
\`Idempotency-Key\` (tokens and tickets apart). \`X-Request-Id\` and W3C \`traceparent\` are taken, made if
missing, and returned.`;

/** The contracts as documents, made from the code the first time somebody asks. */
@Injectable()
export class ApiDocuments {
  private app: INestApplication | undefined;
  private openApi: OpenAPIObject | undefined;
  private asyncApi: Record<string, unknown> | undefined;

  describe(app: INestApplication): void {
    this.app = app;
  }

  get openapi(): OpenAPIObject {
    return (this.openApi ??= this.buildOpenApi());
  }

  get asyncapi(): Record<string, unknown> {
    return (this.asyncApi ??= asyncApiDocument(API_VERSION));
  }

  private buildOpenApi(): OpenAPIObject {
    if (!this.app) throw new Error('There is no application to describe yet');
    const config = new DocumentBuilder()
      .setOpenAPIVersion('3.0.3')
      .setTitle('Baton')
      .setDescription(DESCRIPTION)
      .setVersion(API_VERSION)
      .addBearerAuth({
        type: 'http',
        scheme: 'bearer',
        description: 'An API key, a staff token or a conversation token',
      })
      .build();
    const document = SwaggerModule.createDocument(this.app, config, {
      operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
    });
    describeHealth(document);
    describeRefusals(document);
    return document;
  }
}
