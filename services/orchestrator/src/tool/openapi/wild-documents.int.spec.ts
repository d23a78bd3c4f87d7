import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { toolSchemaFault } from '../tool-schema.js';
import { OpenApiDocument } from './openapi-document.js';
import { readOperations } from './operation.js';

const EXAMPLES = dirname(createRequire(import.meta.url).resolve('@readme/oas-examples/package.json'));

/** Documents that nobody here wrote: the API of a public encyclopaedia, of train travel, of the USPTO, and corner cases. */
const documents = ['3.0/json', '3.1/json'].flatMap((folder) =>
  readdirSync(join(EXAMPLES, folder))
    // It has webhooks only: nothing that could be called.
    .filter((file) => file.endsWith('.json') && file !== 'webhooks.json')
    .map((file) => `${folder}/${file}`),
);
const read = (file: string) =>
  readOperations(OpenApiDocument.read(readFileSync(join(EXAMPLES, file), 'utf8')));

describe('OpenAPI documents from the wild', () => {
  it('are a good number', () => expect(documents.length).toBeGreaterThan(40));

  it.each(documents)('become tools whose schemas can be used: %s', (file) => {
    const { operations, refused } = read(file);
    for (const { name, inputSchema } of operations) {
      expect(name).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(toolSchemaFault(inputSchema)).toBeUndefined();
    }
    // What is left out is left out for what it is, not for what we can't do.
    for (const { why } of refused)
      expect(why).toMatch(/leads nowhere|leads back to itself|leads out of|can not be written/);
  });

  it('are refused where there is nothing to call', () => {
    expect(() => read('3.1/json/webhooks.json')).toThrow('it has no paths');
    expect(() => OpenApiDocument.read('swagger: "2.0"\npaths: {}')).toThrow('convert it to OpenAPI 3');
    expect(() => OpenApiDocument.read('openapi: 3.0.0\n  paths: {')).toThrow('neither JSON nor YAML');
  });

  it('say what each operation takes: the encyclopaedia', () => {
    const { operations } = read('3.0/json/star-trek.json');
    expect(operations.length).toBeGreaterThan(50);
    expect(operations.every(({ method }) => ['GET', 'POST'].includes(method))).toBe(true);
  });

  it('say what each operation takes: train travel', () => {
    const { operations } = read('3.1/json/train-travel.json');
    const trips = operations.find(({ path, method }) => path === '/trips' && method === 'GET');
    expect(trips).toMatchObject({
      title: 'GET /trips',
      inputSchema: {
        required: expect.arrayContaining(['origin', 'destination', 'date']),
        properties: { origin: { type: 'string', format: 'uuid' } },
        additionalProperties: false,
      },
    });
    const booking = operations.find(({ path, method }) => path === '/bookings' && method === 'POST');
    expect(booking?.body).toEqual({ format: 'json', mediaType: 'application/json' });
    expect(Object.keys(booking?.inputSchema['properties'] ?? {})).toContain('body');
  });
});
