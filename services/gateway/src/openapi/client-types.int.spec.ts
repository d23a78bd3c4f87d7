import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import openapiTypescript, { astToString, type OpenAPI3 } from 'openapi-typescript';

import { TestGateway, TestServers } from '../testing/gateway.fixture.js';

const TYPES = join(import.meta.dirname, '../../../../clients/typescript/src/generated/api.ts');
const HEAD = `// Generated from the gateway's OpenAPI document; \`npm run client:generate\` writes it anew.\n`;

describe('the types of the TypeScript client', () => {
  let servers: TestServers;
  let gateway: TestGateway;

  beforeAll(async () => {
    servers = await TestServers.start();
    gateway = await TestGateway.start(servers);
  });

  afterAll(async () => {
    await gateway?.close();
    await servers?.stop();
  });

  it('are what the OpenAPI document says today', async () => {
    const { body } = await gateway.call('GET', '/openapi.json', { token: null });
    const written =
      HEAD +
      astToString(
        await openapiTypescript(body as OpenAPI3, { alphabetize: true, defaultNonNullable: false }),
      );
    if (process.env['UPDATE_DOCS']) await writeFile(TYPES, written);
    expect(await readFile(TYPES, 'utf8')).toBe(written);
  });
});
