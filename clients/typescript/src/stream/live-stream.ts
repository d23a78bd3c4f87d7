/** How a stream stands with its server. */
export type ConnectionState = 'connecting' | 'open' | 'reconnecting' | 'closed';

/**
 * What happens, as it happens: read it with `for await`. It comes back by itself when the connection is lost, behind the
 * last that was read; the loop ends when the stream is closed, and throws what the server refuses for good.
 */
export interface LiveStream<T> extends AsyncIterable<T> {
  readonly state: ConnectionState;
  /** Hears each change of {@link state}; gives back how to hear no more. */
  onState(listener: (state: ConnectionState) => void): () => void;
  /** Ends the connection and the loop. */
  close(): void;
}

/** One life of a connection: yields until it is lost. Throws {@link Final} for what no further attempt mends. */
export type Connect<T> = (life: Life) => AsyncIterable<T>;

export interface Life {
  /** Aborted when this connection shall end: the stream is closed, or the network has changed. */
  readonly signal: AbortSignal;
  /** To be called when the server is there. */
  readonly opened: () => void;
}

/** No further attempt would end otherwise. */
export class Final extends Error {
  constructor(readonly reason: unknown) {
    super('The stream has ended for good');
  }
}

/** The server said when to come back. */
export class Later extends Error {
  constructor(readonly afterMs: number) {
    super(`The server asks for ${afterMs} ms`);
  }
}
