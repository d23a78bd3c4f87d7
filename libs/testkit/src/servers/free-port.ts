import { createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

// Below the range that systems take outgoing ports from (32768 on Linux, 49152 elsewhere): a client that keeps
// reconnecting to a dead server on loopback may otherwise be given that server's own port, and hold it.
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const TRIES = 200;

/** Whether something could listen on this port right now. */
export const isPortFree = (port: number, host: string = LOOPBACK): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });

/**
 * A port of 127.0.0.1 that is free now. Another process may take it before it is used: whoever starts a server on
 * it tries again with another when the server says that the address is in use.
 */
export const findFreePort = async (): Promise<number> => {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (await isPortFree(port)) return port;
  }
  throw new Error(`No free port found between ${FIRST_PORT} and ${LAST_PORT}`);
};
