import { Keyring } from '@baton/event-store';

const NO_KEYS = {
  createsKeys: false,
  find: () => Promise.reject(new Error('The queue carries what is sealed and opens nothing')),
};

/** What is sealed stays sealed: the queue has no use for a customer's words, so it never asks for their key. */
export class CarriedKeyring extends Keyring {
  constructor() {
    super(NO_KEYS);
  }

  override open(_tenantId: string, value: unknown): Promise<unknown> {
    return Promise.resolve(value);
  }

  override openEvent<E>(event: E): Promise<E> {
    return Promise.resolve(event);
  }
}
