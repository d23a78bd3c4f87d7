import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import type { ProblemDetails, RunView } from '@baton/contracts';

/** Where a command speaks: what was asked for, and what is wrong. */
export interface Voice {
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

export const RUN_USAGE = `npm run workflow -- run <file> [--message <text>] [--input <json>]
                                       runs the file on the Baton that is up, as it stands on disk;
                                       BATON_URL and BATON_API_KEY say which`;

const LOOK_EVERY_MS = 500;

/** Which Baton: as `npm start` is found unless told. */
const target = (env: NodeJS.ProcessEnv): { readonly url: string; readonly key: string } => ({
  url: env['BATON_URL'] || `http://127.0.0.1:${env['PORT'] || 3000}`,
  key: env['BATON_API_KEY'] || 'dev-key',
});

/**
 * `npm run workflow -- run <file>`: runs a file as it stands on disk, registering nothing.
 * @returns the exit code: 0 where the run ended well or waits for a person, 1 where it did not or was refused,
 *   2 where nobody knows what is wanted
 */
export const runFile = async (
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  voice: Voice,
): Promise<number> => {
  const asked = readArguments(args);
  if (!asked) {
    voice.complain(`${RUN_USAGE}\n`);
    return 2;
  }
  const { url, key } = target(env);
  const call = async (path: string, body?: unknown): Promise<{ ok: boolean; answer: unknown }> => {
    const response = await fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new Error(`No Baton answers at ${url}: start one with npm start, or set BATON_URL`, {
        cause: error,
      });
    });
    return { ok: response.ok, answer: await response.json() };
  };
  const definition = await readFile(asked.file, 'utf8');
  const first = await call('/api/v1/workflows/execute', { definition, input_data: asked.input });
  if (!first.ok) {
    voice.complain(refusal(asked.file, first.answer as ProblemDetails));
    return 1;
  }
  let run = first.answer as RunView;
  while (run.status === 'RUNNING') {
    await wait(LOOK_EVERY_MS);
    const { ok, answer } = await call(`/api/v1/runs/${run.run_id}`);
    if (!ok) throw new Error((answer as ProblemDetails).detail);
    run = answer as RunView;
  }
  voice.print(story(run));
  return run.status === 'FAILED' || run.status === 'CANCELLED' ? 1 : 0;
};

const readArguments = (
  args: readonly string[],
): { readonly file: string; readonly input: unknown } | undefined => {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { message: { type: 'string' }, input: { type: 'string' } },
      allowPositionals: true,
    });
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) return undefined;
    const input: unknown = values.input === undefined ? {} : JSON.parse(values.input);
    if (values.message === undefined) return { file, input };
    return { file, input: { ...(input as object), message: values.message } };
  } catch {
    return undefined;
  }
};

const refusal = (file: string, { detail, errors = [] }: ProblemDetails): string => {
  const told = errors.map(({ line, column, path, message }) =>
    line === undefined ? `${path}: ${message}` : `${file}:${line}:${column ?? 1}: ${path}: ${message}`,
  );
  return `${[detail, ...told].join('\n')}\n`;
};

/** What a run did, for whoever wrote the workflow. */
const story = (run: RunView): string => {
  const widest = Math.max(0, ...run.steps.map(({ id }) => id.length));
  const steps = run.steps.map(
    ({ id, status, duration_ms, output }) =>
      `  ${id.padEnd(widest)}  ${status.toLowerCase().padEnd(9)}  ${duration_ms.toFixed(1).padStart(8)} ms  ${shortened(JSON.stringify(output))}`,
  );
  const { input_tokens, output_tokens, cost_usd } = run.usage;
  return [
    `${run.workflow.name}: ${run.status}${run.sink ? ` by ${run.sink}` : ''} (${run.run_id})`,
    ...steps,
    `  ${input_tokens} + ${output_tokens} tokens, ${cost_usd} USD`,
    ...(run.error
      ? [`error: ${run.error.code} at ${run.error.node_id ?? 'the run'}: ${run.error.message}`]
      : []),
    ...(run.handover
      ? [`handover: ${run.handover.reason}${run.handover.note ? `: ${run.handover.note}` : ''}`]
      : []),
    ...(run.output === null ? [] : [`output: ${JSON.stringify(run.output, null, 2)}`]),
    '',
  ].join('\n');
};

const LONGEST_OUTPUT = 100;
const shortened = (text: string): string =>
  text.length > LONGEST_OUTPUT ? `${text.slice(0, LONGEST_OUTPUT).toWellFormed()}…` : text;
