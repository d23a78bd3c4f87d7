import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startBaton } from '@baton/system';
import { AuthorizationServer, STATIC_CLIENT } from '@baton/testkit';

/** A campaign asks faster than anybody may: the limits have their own tests. */
const UNLIMITED: Readonly<Record<string, string>> = {
  BATON_RATE_LIMIT_REQUESTS_PER_SECOND: '1000000',
  BATON_RATE_LIMIT_TENANT_REQUESTS_PER_SECOND: '1000000',
  BATON_RATE_LIMIT_MESSAGES_PER_10S: '1000000',
};
/** A second: but it is looked for only when the orchestrator starts, and every hour. */
const RETENTION_DAYS = '0.00001';
/** Nobody calls it: the provider's answer is read before the browser would come back. */
const PUBLIC_URL = 'http://127.0.0.1:9';

/** The provider that connections may be made to. */
export const PROVIDER = 'fuzzed';

/** A whole Baton, and what must stand around it so that everything in its document can be reached. */
export interface FuzzedBaton {
  readonly url: string;
  readonly apiKey: string;
  /** Looks for conversations whose time is over: all that have ended are. */
  expire(): Promise<void>;
  /** A person's yes at the provider: the query that their browser brings back to the callback. */
  consent(authorizeUrl: string): Promise<string>;
  stop(): Promise<void>;
}

export const startFuzzedBaton = async (dataDir?: string): Promise<FuzzedBaton> => {
  const folder = mkdtempSync(join(tmpdir(), 'baton-fuzz-'));
  const provider = await AuthorizationServer.start({
    redirectUris: [`${PUBLIC_URL}/api/v1/oauth/callback`],
  });
  const away = async (): Promise<void> => {
    await provider.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  writeFileSync(
    join(folder, `${PROVIDER}.yaml`),
    `name: ${PROVIDER}\nissuer: ${provider.issuer}\nclient: { id: ${STATIC_CLIENT.id}, secret_env: FUZZED_SECRET }\nscopes: [orders.read]\n`,
  );
  try {
    const baton = await startBaton({
      env: {
        ...UNLIMITED,
        BATON_RETENTION_DAYS: RETENTION_DAYS,
        BATON_PUBLIC_URL: PUBLIC_URL,
        BATON_CONNECTIONS_DIR: folder,
        BATON_HTTP_ALLOW: provider.host,
        FUZZED_SECRET: STATIC_CLIENT.secret,
      },
      ...(dataDir !== undefined && { dataDir }),
    });
    return {
      url: baton.url,
      apiKey: baton.apiKey,
      expire: () => baton.services.orchestrator.restart(),
      consent: async (authorizeUrl) => (await provider.browse(authorizeUrl)).search,
      stop: () => baton.stop().finally(away),
    };
  } catch (error) {
    await away();
    throw error;
  }
};
