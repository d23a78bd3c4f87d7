import { get } from 'node:http';

const ANSWER_TIMEOUT_MS = 5_000;

/** Asks whether a service is ready. Rejects with what it waits for, or with why it cannot be asked. */
export const askReady = (host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = get(
      { host, port, path: '/health/ready', agent: false, timeout: ANSWER_TIMEOUT_MS },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (body += chunk));
        response.once('error', reject);
        response.once('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`${response.statusCode}: ${body.slice(0, 500)}`));
        });
      },
    );
    request.once('timeout', () => request.destroy(new Error('no answer')));
    request.once('error', reject);
  });
