import type { LiveStream } from '@baton/client';

export interface FollowOptions<T> {
  /** Ends behind so many; goes on for ever unless told. */
  readonly count?: number | undefined;
  /** What counts; everything unless told. */
  readonly counts?: (item: T) => boolean;
  /** Hears when the connection comes and goes. */
  readonly note: (line: string) => void;
}

/** Reads a stream until Ctrl-C, or until enough was told. */
export const follow = async <T>(
  stream: LiveStream<T>,
  { count, counts = () => true, note }: FollowOptions<T>,
  tell: (item: T) => void | Promise<void>,
): Promise<void> => {
  const stop = (): void => stream.close();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  let wasOpen = false;
  stream.onState((state) => {
    if (state === 'open') note(wasOpen ? 'connected again' : 'connected');
    if (state === 'reconnecting') note('the connection is lost: trying again');
    wasOpen ||= state === 'open';
  });
  try {
    let told = 0;
    for await (const item of stream) {
      await tell(item);
      if (counts(item)) told += 1;
      if (count !== undefined && told >= count) return;
    }
  } finally {
    stream.close();
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
};
