import { connect } from 'node:net';

import { LOOPBACK } from './free-port.js';

const ANSWER_TIMEOUT_MS = 2_000;

/**
 * One exchange over a plain-text protocol (both NATS and Redis speak one): sends `message`, resolves with all that
 * came once `expected` is in it. Rejects when the connection fails or nothing of the kind comes within two seconds.
 */
export const exchange = (port: number, message: string, expected: RegExp): Promise<string> =>
  new Promise((resolve, reject) => {
    let received = '';
    const socket = connect({ port, host: LOOPBACK });
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error(`no answer from port ${port}`)));
    socket.once('connect', () => socket.write(message));
    socket.on('data', (chunk) => {
      received += chunk.toString('utf8');
      if (!expected.test(received)) return;
      resolve(received);
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error(`port ${port} closed the connection after "${received}"`)));
  });
