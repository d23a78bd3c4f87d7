export const LANGUAGES = ['javascript', 'python'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A file in the folder in which a program runs. */
export interface SandboxFile {
  /** Relative to that folder, with `/`. */
  readonly name: string;
  readonly content: Buffer;
}

/** Code that nobody vouches for. */
export interface SandboxProgram {
  readonly language: Language;
  readonly code: string;
  /** There before it runs. */
  readonly files?: readonly SandboxFile[];
}

/** What a program may use. Each holds for the program with everything that it starts. */
export interface SandboxLimits {
  /** From its start to its end. */
  readonly wallMs: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  /** Processes and threads at once. */
  readonly tasks: number;
  /** stdout and stderr together. */
  readonly outputBytes: number;
  /** What its folder holds. */
  readonly diskBytes: number;
  /** Of the files that are given back. */
  readonly returnedFiles: number;
  readonly returnedBytes: number;
}

export type Limit = 'time' | 'cpu' | 'memory' | 'tasks' | 'output';

export type SandboxEnd =
  | { readonly kind: 'exited'; readonly code: number }
  /** By a signal that it got from itself or from the kernel. */
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'stopped'; readonly limit: Limit };

/** Everything in it was made by the program: data, never to be trusted. */
export interface SandboxResult {
  readonly end: SandboxEnd;
  readonly stdout: string;
  readonly stderr: string;
  /** Regular files that it left in its folder, by name. */
  readonly files: readonly SandboxFile[];
  /** Files that are not given back, and why. */
  readonly omitted: readonly { readonly name: string; readonly reason: string }[];
  readonly durationMs: number;
}

/** Whether a driver can run here; `reason` says in words for the operator why not. */
export type Availability =
  | { readonly isAvailable: true; readonly version: string; readonly languages: readonly Language[] }
  | { readonly isAvailable: false; readonly reason: string };

export const DRIVER_NAMES = ['gvisor', 'bubblewrap', 'docker', 'quickjs'] as const;
export type DriverName = (typeof DRIVER_NAMES)[number];

/**
 * One way to run a program so that it reaches nothing: no network, no file of the host but the interpreter's
 * own, no variable, and no more than its limits. One run leaves nothing for the next.
 */
export interface SandboxDriver {
  readonly name: DriverName;
  /** Tries the driver for real. Never throws: what stands in its way is the reason. */
  check(): Promise<Availability>;
  /**
   * Whatever the program does is a result. The promise settles only when nothing of it runs any more.
   * @throws BatonError `sandbox-unavailable` where the sandbox itself did not come up, and the signal's reason
   *   where it ended first
   */
  run(program: SandboxProgram, limits: SandboxLimits, signal: AbortSignal): Promise<SandboxResult>;
}

/** The driver that was chosen, with the limits of this service. */
export interface Sandbox {
  readonly driver: DriverName;
  readonly languages: readonly Language[];
  readonly limits: SandboxLimits;
  run(program: SandboxProgram, signal: AbortSignal): Promise<SandboxResult>;
}

const MB = 1024 * 1024;

export const DEFAULT_LIMITS: SandboxLimits = {
  wallMs: 10_000,
  cpuSeconds: 10,
  memoryBytes: 256 * MB,
  tasks: 64,
  outputBytes: 256 * 1024,
  diskBytes: 32 * MB,
  returnedFiles: 16,
  returnedBytes: 16 * 1024,
};

/** How a program is called in its folder. */
export const MAIN_FILE: Readonly<Record<Language, string>> = { javascript: 'main.js', python: 'main.py' };
