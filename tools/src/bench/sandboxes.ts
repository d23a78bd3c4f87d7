import { serviceModule } from '../simulate/checkout-modules.js';
import { p50, p99 } from './stats.js';

/** What of the orchestrator's drivers is needed here; it runs them, so they are loaded by their path. */
interface Driver {
  readonly name: string;
  check(): Promise<
    | { readonly isAvailable: true; readonly version: string; readonly languages: readonly string[] }
    | { readonly isAvailable: false; readonly reason: string }
  >;
  run(
    program: { readonly language: string; readonly code: string },
    limits: object,
    signal: AbortSignal,
  ): Promise<{ readonly end: { readonly kind: string; readonly code?: number } }>;
}

const NOTHING: Readonly<Record<string, string>> = { javascript: '', python: '' };
const WARM_UP = 2;
const SAMPLES = 15;

type Row = (what: string, value: string, bar: string) => void;

/** What a program costs before it does anything, on each sandbox driver that this machine has. */
export const sandboxRows = async (row: Row): Promise<void> => {
  const { sandboxDrivers } = await serviceModule<{ sandboxDrivers: (config: object) => readonly Driver[] }>(
    'orchestrator',
    'sandbox/sandbox-drivers',
  );
  const { DEFAULT_LIMITS } = await serviceModule<{ DEFAULT_LIMITS: object }>(
    'orchestrator',
    'sandbox/sandbox',
  );
  const images = { BATON_SANDBOX_NODE_IMAGE: 'node:24-slim', BATON_SANDBOX_PYTHON_IMAGE: 'python:3.13-slim' };
  for (const driver of sandboxDrivers(images)) {
    const checked = await driver.check();
    if (!checked.isAvailable) {
      row(`sandbox ${driver.name}`, 'not here', checked.reason);
      continue;
    }
    for (const language of checked.languages) {
      const samples = await starts(driver, language, DEFAULT_LIMITS);
      const value = `${p50(samples).toFixed(0)} / ${p99(samples).toFixed(0)} ms`;
      row(`sandbox ${driver.name}: an empty ${language} program, p50 / p99`, value, checked.version);
    }
  }
};

const starts = async (driver: Driver, language: string, limits: object): Promise<number[]> => {
  const samples: number[] = [];
  for (let index = 0; index < WARM_UP + SAMPLES; index += 1) {
    const began = performance.now();
    const { end } = await driver.run(
      { language, code: NOTHING[language] ?? '' },
      limits,
      new AbortController().signal,
    );
    if (end.kind !== 'exited' || end.code !== 0) throw new Error(`${driver.name}: ${JSON.stringify(end)}`);
    if (index >= WARM_UP) samples.push(performance.now() - began);
  }
  return samples;
};
