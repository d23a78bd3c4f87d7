import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import type { QueryRunner } from 'typeorm';

import { chooseVectorKind } from './vector-extension.js';

const chosenOn = async (lite: PGlite): Promise<string> => {
  const query = async (sql: string) => (await lite.query(sql)).rows;
  await query('BEGIN');
  const kind = await chooseVectorKind({ query } as unknown as QueryRunner);
  // The transaction of the migration must be usable afterwards.
  await query('CREATE TABLE proof (id int)');
  await query('COMMIT');
  await lite.close();
  return kind;
};

describe('how vectors are kept', () => {
  it('is pgvector where the server has it', async () => {
    expect(await chosenOn(await PGlite.create({ extensions: { vector } }))).toBe('pgvector');
  });

  it('is rows where the server has no such extension', async () => {
    expect(await chosenOn(await PGlite.create())).toBe('exact');
  });

  it('is rows where the extension lives in a schema of its own', async () => {
    const lite = await PGlite.create({ extensions: { vector } });
    await lite.exec('CREATE SCHEMA extensions; CREATE EXTENSION vector SCHEMA extensions');
    expect(await chosenOn(lite)).toBe('exact');
  });
});
