import type { SandboxChoice } from '../../sandbox/choose-sandbox.js';
import {
  DEFAULT_LIMITS,
  type Sandbox,
  type SandboxProgram,
  type SandboxResult,
} from '../../sandbox/sandbox.js';

export type Played = Partial<Omit<SandboxResult, 'durationMs'>>;

/** A sandbox that gives what it is told to, and remembers what it was asked to run. */
export class PlayedSandbox implements Sandbox {
  readonly driver = 'bubblewrap';
  readonly languages = ['javascript', 'python'] as const;
  readonly limits = DEFAULT_LIMITS;
  readonly ran: SandboxProgram[] = [];

  constructor(private readonly play: (program: SandboxProgram, times: number) => Played) {}

  run(program: SandboxProgram): Promise<SandboxResult> {
    this.ran.push({ ...program, files: [...(program.files ?? [])] });
    return Promise.resolve({
      end: { kind: 'exited', code: 0 },
      stdout: '',
      stderr: '',
      files: [],
      omitted: [],
      durationMs: 1,
      ...this.play(program, this.ran.length),
    });
  }

  readonly choice = (): Promise<SandboxChoice> =>
    Promise.resolve({ sandbox: this, version: 'played', passedOver: [] });
}
