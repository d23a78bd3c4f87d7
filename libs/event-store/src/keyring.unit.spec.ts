import { randomBytes } from 'node:crypto';

import { Keyring, type KeySource } from './keyring.js';

const TENANT = 'acme';
const KEY_ID = 'conversation/c1';

/** A table of keys that a test writes to. */
const keyTable = (createsKeys: boolean) => {
  const rows = new Map<string, Buffer | 'erased'>();
  const source: KeySource = { createsKeys, find: (_tenant, keyId) => Promise.resolve(rows.get(keyId)) };
  return { rows, keyring: new Keyring(source) };
};

describe('a keyring', () => {
  it('tells the stored key, though it made one itself for an append whose end it never heard', async () => {
    const { rows, keyring } = keyTable(true);
    await keyring.keyForSealing(TENANT, KEY_ID);
    expect(await keyring.stored(TENANT, KEY_ID)).toBeUndefined();
    const others = randomBytes(32);
    rows.set(KEY_ID, others);
    expect(await keyring.stored(TENANT, KEY_ID)).toEqual(others);
  });

  it('takes what it has no key for as what it cannot read now, never as erased', async () => {
    const writer = keyTable(true);
    const sealed = await writer.keyring.seal(TENANT, KEY_ID, 'hello');
    const reader = keyTable(false);
    await expect(reader.keyring.open(TENANT, sealed)).rejects.toMatchObject({ code: 'unavailable' });
    reader.rows.set(KEY_ID, writer.keyring.unsavedKey(TENANT, KEY_ID) as Buffer);
    expect(await reader.keyring.open(TENANT, sealed)).toBe('hello');
  });

  it('says erased where the key was destroyed', async () => {
    const writer = keyTable(true);
    const sealed = await writer.keyring.seal(TENANT, KEY_ID, 'hello');
    const reader = keyTable(false);
    reader.rows.set(KEY_ID, 'erased');
    expect(await reader.keyring.open(TENANT, sealed)).toBe('[erased]');
  });
});
