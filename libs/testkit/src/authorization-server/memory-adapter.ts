import type { Adapter, AdapterPayload } from 'oidc-provider';

/** Where one authorization server of the tests keeps what it gave; a store for each, so that two share nothing. */
export const memoryAdapter = (): ((model: string) => Adapter) => {
  const store = new Map<string, AdapterPayload>();
  return (model) => {
    const keyOf = (id: string): string => `${model}:${id}`;
    const findBy = (field: 'uid' | 'userCode', value: string): Promise<AdapterPayload | undefined> =>
      Promise.resolve(
        [...store].find(([key, payload]) => key.startsWith(`${model}:`) && payload[field] === value)?.[1],
      );
    return {
      upsert: (id, payload) => {
        store.set(keyOf(id), payload);
        return Promise.resolve(undefined);
      },
      find: (id) => Promise.resolve(store.get(keyOf(id))),
      findByUid: (uid) => findBy('uid', uid),
      findByUserCode: (userCode) => findBy('userCode', userCode),
      consume: (id) => {
        const payload = store.get(keyOf(id));
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
        return Promise.resolve(undefined);
      },
      destroy: (id) => {
        store.delete(keyOf(id));
        return Promise.resolve(undefined);
      },
      revokeByGrantId: (grantId) => {
        for (const [key, payload] of store) if (payload.grantId === grantId) store.delete(key);
        return Promise.resolve(undefined);
      },
    };
  };
};
