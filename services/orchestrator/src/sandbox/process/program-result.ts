import { constants } from 'node:os';

import { BatonError } from '@baton/contracts';

import { cancellation } from '../../tool/cancelled.js';
import type { DriverName, Limit, SandboxEnd, SandboxLimits, SandboxResult } from '../sandbox.js';
import { type LauncherInput, readLauncherOutput } from './launcher.js';
import type { SupervisedEnd } from './supervised-process.js';
import { unpackWorkspace } from './workspace-tar.js';

/** What the kernel tells of a program's group once it has ended. */
export interface Counted {
  readonly ranOutOfMemory: boolean;
  readonly ranOutOfTasks: boolean;
}

export const UNCOUNTED: Counted = { ranOutOfMemory: false, ranOutOfTasks: false };

/**
 * A launched program's result.
 * @throws BatonError `sandbox-unavailable` where the program was not begun, or the signal's reason
 */
export const programResult = async (
  driver: DriverName,
  ended: SupervisedEnd,
  { word, files: before }: LauncherInput,
  counted: Counted,
  limits: SandboxLimits,
  signal: AbortSignal,
): Promise<SandboxResult> => {
  if (ended.stoppedFor === 'aborted') throw cancellation(signal);
  const { hasBegun, stdout, code, archive } = readLauncherOutput(ended.stdout, word);
  if (!hasBegun && ended.stoppedFor !== 'time' && !counted.ranOutOfMemory)
    throw new BatonError('sandbox-unavailable', `The ${driver} sandbox did not come up`, {
      cause: new Error(`${ended.code ?? ended.signal}: ${ended.stderr.toString('utf8').slice(0, 2000)}`),
    });
  const { files, omitted } = archive
    ? await unpackWorkspace(archive, limits, before)
    : { files: [], omitted: [] };
  const room = limits.outputBytes;
  return {
    end: endOf(ended, code, counted),
    stdout: stdout.subarray(0, room).toString('utf8'),
    stderr: ended.stderr.subarray(0, Math.max(0, room - stdout.length)).toString('utf8'),
    files,
    omitted,
    durationMs: Math.round(ended.durationMs),
  };
};

/** How V8 ends a process whose heap is full, and its words for it. */
const V8_DIES_BY: ReadonlySet<string | undefined> = new Set(['SIGABRT', 'SIGTRAP', 'SIGILL']);
const V8_HAS_NO_MEMORY = /heap out of memory|process out of memory/;

const endOf = (ended: SupervisedEnd, code: number | undefined, counted: Counted): SandboxEnd => {
  if (ended.stoppedFor === 'time' || ended.stoppedFor === 'output') return stopped(ended.stoppedFor);
  if (counted.ranOutOfMemory) return stopped('memory');
  const status = code ?? ended.code ?? 128 + constants.signals.SIGKILL;
  if (status === 0) return { kind: 'exited', code: 0 };
  if (status === 128 + constants.signals.SIGXCPU) return stopped('cpu');
  if (counted.ranOutOfTasks) return stopped('tasks');
  const signal = signalName(status - 128);
  if (V8_DIES_BY.has(signal) && V8_HAS_NO_MEMORY.test(ended.stderr.toString('utf8')))
    return stopped('memory');
  return signal ? { kind: 'killed', signal } : { kind: 'exited', code: status };
};

const stopped = (limit: Limit): SandboxEnd => ({ kind: 'stopped', limit });

const signalName = (number: number): string | undefined =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
