import { connection } from '../api/connection.js';
import type { DeadLetter, DeadLetterList, DeadLetterState, Models, System } from '../api/types.js';

export const system = async (signal: AbortSignal): Promise<System> => {
  const { data } = await connection().api.GET('/api/v1/system', { signal });
  // The client throws for whatever is no success.
  return data as System;
};

export const models = async (signal: AbortSignal): Promise<Models> => {
  const { data } = await connection().api.GET('/api/v1/models', { signal });
  return data as Models;
};

/** A page, newest first. */
export const deadLetters = async (
  state: DeadLetterState | null,
  cursor: string | null,
  signal: AbortSignal,
): Promise<DeadLetterList> => {
  const query = { limit: 20, ...(state !== null && { state }), ...(cursor !== null && { cursor }) };
  const { data } = await connection().api.GET('/api/v1/dead-letters', { params: { query }, signal });
  return data as DeadLetterList;
};

/** Lets the stream go on, at the event that failed or behind it. */
export const settleLetter = (
  { dead_letter_id: id }: DeadLetter,
  what: 'replay' | 'drop',
  text: string,
): Promise<unknown> => {
  const params = { path: { id } };
  const reason = text.trim();
  return what === 'drop'
    ? connection().api.POST('/api/v1/dead-letters/{id}/drop', { params, body: { reason } })
    : connection().api.POST('/api/v1/dead-letters/{id}/replay', {
        params,
        body: reason === '' ? {} : { reason },
      });
};
