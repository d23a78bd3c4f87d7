import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';

import type { Surroundings } from '../surroundings.js';
import { type Check, failed, type Finding, ok, warning } from './check.js';

const PATIENCE = { maxRetries: 0, timeout: 15_000 };
const TIERS = ['BATON_MODEL_FAST', 'BATON_MODEL_SMART', 'BATON_MODEL_EMBEDDING'] as const;

type Provider = 'openai' | 'anthropic';

/** Whether each provider that is configured answers and knows its models: by their lists, which cost nothing. */
export const modelChecks = ({ env }: Surroundings): Check[] => {
  const named = TIERS.flatMap((tier) => (env[tier] ?? '').split(',')).map((text) => text.trim());
  const modelsOf = (provider: Provider): string[] => [
    ...new Set(
      named.filter((name) => name.startsWith(`${provider}/`)).map((name) => name.slice(provider.length + 1)),
    ),
  ];
  const checks: Check[] = [];
  if (env['OPENAI_API_KEY'])
    checks.push({ area: 'models', name: 'openai', look: () => openai(env, modelsOf('openai')) });
  if (env['ANTHROPIC_API_KEY'])
    checks.push({ area: 'models', name: 'anthropic', look: () => anthropic(env, modelsOf('anthropic')) });
  if (checks.length === 0)
    checks.push({
      area: 'models',
      name: 'offline',
      look: () =>
        warning(
          'no provider is configured here: the offline model answers, from the help pages only',
          'set OPENAI_API_KEY or ANTHROPIC_API_KEY, and BATON_MODEL_FAST and BATON_MODEL_SMART (docs/models.md)',
        ),
    });
  return checks;
};

const openai = (env: NodeJS.ProcessEnv, models: readonly string[]): Promise<Finding> => {
  const client = new OpenAI({
    apiKey: env['OPENAI_API_KEY'] ?? '',
    ...(env['OPENAI_BASE_URL'] && { baseURL: env['OPENAI_BASE_URL'] }),
    ...PATIENCE,
  });
  return judge('OPENAI', models, async () => {
    const known: string[] = [];
    for await (const { id } of client.models.list()) known.push(id);
    return known;
  });
};

const anthropic = (env: NodeJS.ProcessEnv, models: readonly string[]): Promise<Finding> => {
  const client = new Anthropic({
    apiKey: env['ANTHROPIC_API_KEY'] ?? '',
    ...(env['ANTHROPIC_BASE_URL'] && { baseURL: env['ANTHROPIC_BASE_URL'] }),
    ...PATIENCE,
  });
  return judge('ANTHROPIC', models, async () => {
    const known: string[] = [];
    for await (const { id } of client.models.list()) known.push(id);
    return known;
  });
};

const judge = async (
  prefix: 'OPENAI' | 'ANTHROPIC',
  wanted: readonly string[],
  list: () => Promise<string[]>,
): Promise<Finding> => {
  let known: string[];
  try {
    known = await list();
  } catch (error) {
    // The message of an SDK may quote the key: its status says enough.
    const { status } = error as { status?: number };
    if (status === 401 || status === 403)
      return failed(`it refuses the key (${status})`, `set ${prefix}_API_KEY to one that is valid`);
    if (status === 404)
      return warning('it answers, and lists no models', 'a first message shows whether they are there');
    return failed(
      status === undefined ? 'it does not answer' : `it answered ${status}`,
      `look at ${prefix}_BASE_URL, and whether this machine reaches it`,
    );
  }
  const missing = wanted.filter((name) => !known.includes(name));
  return missing.length > 0
    ? failed(`it does not know ${missing.join(', ')}`, `name models of its list in ${TIERS.join(', ')}`)
    : ok(`${known.length} models, those that are configured among them`);
};
