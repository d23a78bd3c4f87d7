import { resolve } from 'node:path';

import { outboundFetch, type OutboundGuard, traceHeaders } from '@baton/service';
import { StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { getDefaultEnvironment, StdioClientTransport } from '@modelcontextprotocol/client/stdio';

import type { AccessToken } from '../../connection/connection-tokens.port.js';
import type { Credentials } from '../source/credentials.js';
import { type Environment, secretOf } from '../source/environment.js';
import type { McpSourceFile } from '../source/source-file.schema.js';

/** The server as a child process; it ends with the connection, or when its input does. */
export const stdioTransport = (
  { command = '', args = [], env = {}, cwd }: McpSourceFile,
  folder: string,
  environment: Environment,
): { readonly transport: Transport; readonly secrets: readonly string[] } => {
  const secrets: string[] = [];
  const given = Object.entries(env).map(([name, value]) => {
    if (typeof value === 'string') return [name, value] as const;
    const secret = secretOf(environment, value.env);
    secrets.push(secret);
    return [name, secret] as const;
  });
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    env: { ...getDefaultEnvironment(), ...Object.fromEntries(given) },
    cwd: resolve(folder, cwd ?? '.'),
    // What it writes there is for its own author; ours would be flooded, and may not be fit to be kept.
    stderr: 'ignore',
  });
  return { transport, secrets };
};

export interface HttpTransportOptions {
  readonly url: string;
  readonly tenantId: string;
  readonly guard: OutboundGuard;
  readonly credentials: Credentials;
  /** Hears of each secret that goes out. */
  readonly onSecrets: (secrets: readonly string[]) => void;
}

/** The server over streamable HTTP; each request goes out by the guard, with a credential of its own time. */
export const httpTransport = ({
  url,
  tenantId,
  guard,
  credentials,
  onSecrets,
}: HttpTransportOptions): Transport => {
  const plain = outboundFetch(guard);
  const send = async (input: string | URL, init: RequestInit | undefined, rejected?: AccessToken) => {
    const signal = init?.signal ?? new AbortController().signal;
    const credential = await credentials.get({ tenantId, signal, rejected });
    onSecrets(credential.secrets);
    const target = new URL(input);
    for (const [name, value] of Object.entries(credential.query)) target.searchParams.set(name, value);
    const headers = new Headers({
      ...traceHeaders('tools'),
      ...Object.fromEntries(new Headers(init?.headers)),
    });
    for (const [name, value] of Object.entries(credential.headers)) headers.set(name, value);
    return { response: await plain(target, { ...init, headers }), token: credential.token };
  };
  return new StreamableHTTPClientTransport(new URL(url), {
    fetch: async (input, init) => {
      const { response, token } = await send(input, init);
      if (response.status !== 401 || !token) return limited(response);
      await response.body?.cancel();
      return limited((await send(input, init, token)).response);
    },
  });
};

/** As much as the SDK takes of a program's standard output in one piece. */
const LARGEST_ANSWER_BYTES = 10 * 1024 * 1024;

/** A stream of events goes on for as long as the session; anything else is read as a whole, and has to end. */
const limited = (response: Response): Response => {
  const { body, status, statusText, headers } = response;
  if (!body || headers.get('content-type')?.startsWith('text/event-stream')) return response;
  let bytes = 0;
  const counted = body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        bytes += chunk.length;
        if (bytes > LARGEST_ANSWER_BYTES)
          controller.error(new Error(`The MCP server's answer has more than ${LARGEST_ANSWER_BYTES} bytes`));
        else controller.enqueue(chunk);
      },
    }),
  );
  return new Response(counted, { status, statusText, headers });
};
