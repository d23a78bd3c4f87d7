import type { FastifyReply } from 'fastify';

/** Aborts when the caller hangs up before it was answered. */
export const whenGone = (reply: FastifyReply): AbortSignal => {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
};
