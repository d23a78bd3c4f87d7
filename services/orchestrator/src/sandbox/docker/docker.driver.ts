import { PassThrough } from 'node:stream';

import { BatonError } from '@baton/contracts';
import type Docker from 'dockerode';

import { CappedOutput } from '../process/capped-output.js';
import { LAUNCHER_WORDS, launcherInput, type LauncherInput, launcherTail } from '../process/launcher.js';
import { programResult } from '../process/program-result.js';
import type { SupervisedEnd } from '../process/supervised-process.js';
import { tryOut } from '../try-out.js';
import {
  type Availability,
  type Language,
  LANGUAGES,
  type SandboxDriver,
  type SandboxLimits,
  type SandboxProgram,
  type SandboxResult,
} from '../sandbox.js';
import { containerSpec, DEFAULT_IMAGES } from './container-spec.js';

/** An engine that does not answer is none. */
const PATIENCE_MS = 5000;

/**
 * A container for each program, through the engine's API. What it holds is what the engine and its kernel hold:
 * namespaces, a control group, the engine's seccomp profile, no capabilities.
 */
export class DockerDriver implements SandboxDriver {
  readonly name = 'docker';

  constructor(
    private readonly engine: Docker,
    private readonly images: Readonly<Record<Language, string>> = DEFAULT_IMAGES,
  ) {}

  async check(): Promise<Availability> {
    try {
      const { Version } = await answered(this.engine.version());
      const languages: Language[] = [];
      for (const language of LANGUAGES)
        if (await this.hasImage(this.images[language])) languages.push(language);
      if (languages.length === 0)
        throw new Error(`the engine has neither ${Object.values(this.images).join(' nor ')}: pull one`);
      await tryOut(this, languages);
      return { isAvailable: true, version: `engine ${Version}`, languages };
    } catch (error) {
      return { isAvailable: false, reason: (error as Error).message };
    }
  }

  async run(program: SandboxProgram, limits: SandboxLimits, signal: AbortSignal): Promise<SandboxResult> {
    const input = await launcherInput(program);
    const spec = containerSpec(this.images[program.language], program.language, limits);
    const container = await this.engine.createContainer(spec).catch((cause: unknown) => {
      throw new BatonError('sandbox-unavailable', 'The docker sandbox did not come up', { cause });
    });
    try {
      const ended = await this.play(container, input, limits, signal);
      const { State } = await container.inspect();
      const counted = { ranOutOfMemory: State.OOMKilled, ranOutOfTasks: false };
      return await programResult(this.name, ended, input, counted, limits, signal);
    } finally {
      await container.remove({ force: true, v: true });
    }
  }

  private async play(
    container: Docker.Container,
    input: LauncherInput,
    limits: SandboxLimits,
    signal: AbortSignal,
  ): Promise<SupervisedEnd> {
    const began = performance.now();
    const stream = await container.attach({
      stream: true,
      hijack: true,
      stdin: true,
      stdout: true,
      stderr: true,
    });
    let stoppedFor: SupervisedEnd['stoppedFor'];
    const stop = (why: NonNullable<SupervisedEnd['stoppedFor']>): void => {
      stoppedFor ??= why;
      // One that has ended meanwhile is none to be killed; it is removed by force in any case.
      container.kill({ signal: 'SIGKILL' }).catch(() => undefined);
    };
    const output = new CappedOutput(limits.outputBytes + LAUNCHER_WORDS, launcherTail(input, limits), () =>
      stop('output'),
    );
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    stdout.on('data', (chunk: Buffer) => output.take('stdout', chunk));
    stderr.on('data', (chunk: Buffer) => output.take('stderr', chunk));
    this.engine.modem.demuxStream(stream, stdout, stderr);
    const outputEnded = new Promise((resolve) => stream.once('end', resolve).once('close', resolve));
    const onAbort = (): void => stop('aborted');
    const timer = setTimeout(() => stop('time'), limits.wallMs);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await container.start();
      if (signal.aborted) onAbort();
      stream.on('error', () => undefined);
      stream.end(input.stdin);
      const { StatusCode } = (await container.wait()) as { StatusCode: number };
      await outputEnded;
      return {
        code: StatusCode,
        signal: null,
        stdout: output.stdout,
        stderr: output.stderr,
        stoppedFor,
        durationMs: performance.now() - began,
      };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  private async hasImage(name: string): Promise<boolean> {
    try {
      await answered(this.engine.getImage(name).inspect());
      return true;
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 404) return false;
      throw error;
    }
  }
}

const answered = <T>(asked: Promise<T>): Promise<T> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('the engine does not answer')), PATIENCE_MS);
  return Promise.race([asked, late.promise]).finally(() => clearTimeout(timer));
};
