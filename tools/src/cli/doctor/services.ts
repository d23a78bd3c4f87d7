import { isProblem } from '@baton/client';
import { SERVICE_NAMES } from '@baton/system';

import { DEMO_KEY, type Surroundings } from '../surroundings.js';
import { type Check, failed, type Finding, ok, unknown, warning } from './check.js';

const PATIENCE_MS = 15_000;
const MOST_DRIFT_MS = 5000;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Each service's ready page, the gateway's door, and the key. */
export const serviceChecks = (around: Surroundings): Check[] => [
  { area: 'gateway', name: 'ready', look: () => ready(around, 'gateway'), isDoor: true },
  { area: 'gateway', name: 'API key', look: () => key(around) },
  { area: 'gateway', name: 'default key', look: () => defaultKey(around) },
  { area: 'gateway', name: 'clock', look: () => drift(around) },
  ...SERVICE_NAMES.filter((name) => name !== 'gateway').map((name): Check => ({
    area: 'services',
    name,
    look: () => ready(around, name),
  })),
];

interface Readiness {
  readonly details?: Readonly<Record<string, { readonly status: string; readonly message?: string }>>;
}

const ready = async (around: Surroundings, service: (typeof SERVICE_NAMES)[number]): Promise<Finding> => {
  const url = service === 'gateway' ? around.baseUrl : around.noted?.services?.[service];
  if (url === undefined)
    return unknown(
      'not known where it answers',
      'it is known of a Baton that runs on BATON_DATA_DIR; elsewhere its probes look (/health/ready)',
    );
  let answer: Response;
  try {
    answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  } catch {
    return failed(
      `no answer at ${url}`,
      service === 'gateway'
        ? 'start it (npm start), or say where it is with BATON_URL'
        : `look into its log (${around.dataDir}/logs/${service}.log)`,
    );
  }
  const { details = {} } = (await answer.json()) as Readiness;
  const down = Object.entries(details).filter(([, { status }]) => status !== 'up');
  const said = down
    .map(([name, { status, message }]) => `${name} ${status}${message ? ` (${message})` : ''}`)
    .join(', ');
  if (!answer.ok) return failed(`not ready: ${said}`, 'mend what it names; it becomes ready by itself');
  return down.length > 0 ? warning(`ready, but ${said}`, 'mend what it names') : ok('ready');
};

const key = async (around: Surroundings): Promise<Finding> => {
  try {
    await around.client().api.GET('/api/v1/conversations', { params: { query: { limit: 1 } } });
    return ok('it opens the API');
  } catch (error) {
    if (isProblem(error) && error.status === 401)
      return failed('the gateway does not know it', 'set BATON_API_KEY to one of its keys');
    if (isProblem(error) && error.status === 403)
      return warning('it may not read conversations', 'use one with the scope conversations or staff');
    return failed((error as Error).message, 'see the gateway above');
  }
};

/** Everybody knows it: fine on one's own machine, an open door anywhere else. */
const defaultKey = async (around: Surroundings): Promise<Finding> => {
  const answer = await fetch(`${around.baseUrl}/api/v1/conversations?limit=1`, {
    headers: { authorization: `Bearer ${DEMO_KEY}` },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  await answer.body?.cancel();
  if (answer.status === 401) return ok(`"${DEMO_KEY}" opens nothing`);
  if (!answer.ok) return unknown(`the gateway answered ${answer.status}`);
  const mend =
    'start with a BATON_API_KEY of your own, then delete the old key: DELETE /api/v1/api-keys/{id}';
  return LOOPBACK.has(new URL(around.baseUrl).hostname) &&
    !['0.0.0.0', '::'].includes(around.env['BATON_HOST'] ?? '')
    ? warning(`"${DEMO_KEY}" opens everything, from this machine only`, mend)
    : failed(`"${DEMO_KEY}" opens everything to everybody who reaches ${around.baseUrl}`, mend);
};

const drift = async (around: Surroundings): Promise<Finding> => {
  const before = Date.now();
  const answer = await fetch(`${around.baseUrl}/health/live`, { signal: AbortSignal.timeout(PATIENCE_MS) });
  const after = Date.now();
  await answer.body?.cancel();
  const said = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(said)) return unknown('the gateway says no time');
  // Its header has whole seconds.
  const off = Math.max(before - (said + 1000), said - after, 0);
  return off > MOST_DRIFT_MS
    ? failed(
        `the gateway's is ${Math.round(off / 1000)} s from this machine's`,
        'let NTP set the clocks of both: tokens expire by it',
      )
    : ok("the gateway's agrees with this machine's");
};
