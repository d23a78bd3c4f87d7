import { waitFor } from '@baton/testkit';
import { createParser } from 'eventsource-parser';

import type { Api } from './api.js';

export interface Heard {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** What a stream said so far. */
class Ears {
  readonly frames: Heard[] = [];

  constructor(private readonly end: () => Promise<void>) {}

  /** The data of the first of these that is `wanted`, as soon as there is one; `count` says the how manieth it is. */
  async until(
    event: string,
    wanted: (data: Record<string, unknown>, count: number) => boolean = () => true,
  ): Promise<Record<string, unknown>> {
    const found = await waitFor(
      () =>
        this.frames
          .filter((frame) => frame.event === event)
          .find(({ data }, index) => wanted(data, index + 1)),
      { what: `${event} among ${this.frames.map((frame) => frame.event).join()}`, timeoutMs: 60_000 },
    );
    return found.data;
  }

  stop(): Promise<void> {
    return this.end();
  }
}
export type Listener = Ears;

/** The live stream of a conversation. */
export const listenTo = async (api: Api, id: string): Promise<Listener> => {
  const abort = new AbortController();
  const response = await fetch(`${api.url}/api/v1/conversations/${id}/events`, {
    headers: { authorization: `Bearer ${api.token}`, accept: 'text/event-stream' },
    signal: abort.signal,
  });
  if (response.status !== 200) throw new Error(`The stream of ${id} answers ${response.status}`);
  let reading: Promise<unknown> = Promise.resolve();
  const ears = new Ears(async () => {
    abort.abort();
    await reading;
  });
  const parser = createParser({
    onEvent: ({ event = 'message', data }) =>
      ears.frames.push({ event, data: JSON.parse(data) as Record<string, unknown> }),
  });
  reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
  })().catch(() => undefined);
  return ears;
};

/** The notifications of a member of staff. */
export const staffSocket = async (api: Api): Promise<Listener> => {
  const { body } = await api.post<{ ticket: string }>('/api/v1/ws-tickets');
  const socket = new WebSocket(`${api.url.replace('http', 'ws')}/ws/staff?ticket=${body.ticket}`);
  const closed = new Promise<void>((resolve) => socket.addEventListener('close', () => resolve()));
  const ears = new Ears(() => {
    socket.close();
    return closed;
  });
  socket.addEventListener('message', ({ data }) => {
    const { type, data: inner } = JSON.parse(String(data)) as { type: string; data: Record<string, unknown> };
    ears.frames.push({ event: type, data: inner });
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error('The staff socket was refused')));
  });
  return ears;
};
