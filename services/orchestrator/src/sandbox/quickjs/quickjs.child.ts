import { buffer } from 'node:stream/consumers';

import {
  newQuickJSWASMModule,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  shouldInterruptAfterDeadline,
} from 'quickjs-emscripten';

/** One program, as the driver hands it over on stdin. */
export interface QuickjsTask {
  readonly code: string;
  readonly prelude: string;
  readonly files: readonly (readonly [name: string, text: string])[];
  readonly timeMs: number;
  readonly memoryBytes: number;
  readonly outputBytes: number;
  readonly diskBytes: number;
}

/** What this process says on stdout when it is done. */
export interface QuickjsReport {
  readonly end: { readonly code: number } | { readonly limit: 'time' | 'memory' | 'output' };
  readonly stdout: string;
  readonly stderr: string;
  readonly files: readonly (readonly [name: string, text: string])[];
}

/** A limit, the code of an exit, or {@link EXITED}. */
type Failure = Exclude<QuickjsReport['end'], { code: number }> | number;

/** It called `process.exit`, and left the code there. */
const EXITED = -1;

/** Deeper, and the interpreter itself would run out of its stack. */
const MAX_STACK_BYTES = 128 * 1024;
const IS_MODULE = /^\s*(?:import|export)\s|\bawait\b/m;

class Play {
  private readonly said = { 1: '', 2: '' };
  private taken = 0;
  private isFlooding = false;
  private readonly isPastDeadline: () => boolean;
  private main: QuickJSHandle | undefined;

  private readonly runtime: QuickJSRuntime;
  private readonly context: QuickJSContext;
  private readonly task: QuickjsTask;

  /** In plain fields: tests run this file with its types taken off and nothing else done to it. */
  constructor(runtime: QuickJSRuntime, context: QuickJSContext, task: QuickjsTask) {
    this.runtime = runtime;
    this.context = context;
    this.task = task;
    const deadline = shouldInterruptAfterDeadline(Date.now() + task.timeMs);
    this.isPastDeadline = () => deadline(runtime) === true;
    runtime.setMemoryLimit(task.memoryBytes);
    runtime.setMaxStackSize(MAX_STACK_BYTES);
    runtime.setInterruptHandler(() => this.isFlooding || this.isPastDeadline());
    runtime.setModuleLoader((name) => {
      if (!/^(?:node:)?fs(?:\/promises)?$/.test(name))
        return { error: new Error(`There is no module ${name} here`) };
      return `const found = globalThis.require(${JSON.stringify(name)}); export default found;
export const { readFileSync, writeFileSync, appendFileSync, existsSync, readdirSync, unlinkSync, mkdirSync, promises, readFile, writeFile, appendFile, readdir, unlink } = found;`;
    });
  }

  run(): QuickjsReport {
    const kit = this.install();
    const type = IS_MODULE.test(this.task.code) ? 'module' : 'global';
    const failed = this.begin(type) ?? this.settle(kit) ?? this.mainFailure();
    const code = failed === undefined || failed === EXITED ? this.exitCode(kit) : failed;
    return {
      end: typeof code === 'number' ? { code } : code,
      stdout: this.said[1],
      stderr: this.said[2],
      files: this.takeFiles(kit),
    };
  }

  private install(): QuickJSHandle {
    const { context, task } = this;
    const write = context.newFunction('write', (channel, text) => {
      this.say(context.getNumber(channel) === 2 ? 2 : 1, context.getString(text));
    });
    const make = context.unwrapResult(context.evalCode(task.prelude, 'prelude.js'));
    const files = context.unwrapResult(context.evalCode(`(${JSON.stringify(task.files)})`, 'files.js'));
    return context.unwrapResult(
      context.callFunction(make, context.undefined, write, files, context.newNumber(task.diskBytes)),
    );
  }

  private say(channel: 1 | 2, text: string): void {
    const room = this.task.outputBytes - this.taken;
    this.taken += Buffer.byteLength(text);
    if (room > 0) this.said[channel] += text.slice(0, room);
    if (this.taken > this.task.outputBytes) this.isFlooding = true;
  }

  /** Promises and timers, until there is nothing left to do. */
  private settle(kit: QuickJSHandle): Failure | undefined {
    for (;;) {
      const jobs = this.runtime.executePendingJobs();
      if (jobs.error) return this.failure(jobs.error);
      const timer = this.call(kit, 'runTimer');
      if (timer.error) return this.failure(timer.error);
      if (this.context.dump(timer.value) !== true && !this.runtime.hasPendingJob()) return undefined;
    }
  }

  private begin(type: 'module' | 'global'): Failure | undefined {
    const result = this.context.evalCode(this.task.code, 'main.js', { type });
    if (result.error) return this.failure(result.error);
    this.main = result.value;
    return undefined;
  }

  /** A module gives the promise of its end. */
  private mainFailure(): Failure | undefined {
    const state = this.main && this.context.getPromiseState(this.main);
    return state?.type === 'rejected' ? this.failure(state.error) : undefined;
  }

  private failure(error: QuickJSHandle): Failure {
    const thrown = this.context.dump(error) as
      { name?: string; message?: string; stack?: string; quickjsExit?: boolean } | string | undefined;
    if (this.isFlooding) return { limit: 'output' };
    if (this.isPastDeadline()) return { limit: 'time' };
    if (typeof thrown !== 'object' || thrown === null) {
      this.say(2, `Uncaught ${String(thrown)}\n`);
      return 1;
    }
    if (thrown.quickjsExit === true) return EXITED;
    if (thrown.message === 'out of memory') return { limit: 'memory' };
    this.say(2, `Uncaught ${thrown.name ?? 'Error'}: ${thrown.message ?? ''}\n${thrown.stack ?? ''}`);
    return 1;
  }

  private exitCode(kit: QuickJSHandle): number {
    const result = this.call(kit, 'exitCode');
    const code: unknown = result.error ? 1 : this.context.dump(result.value);
    return typeof code === 'number' ? code & 0xff : 1;
  }

  private takeFiles(kit: QuickJSHandle): QuickjsReport['files'] {
    if (this.isPastDeadline() || this.isFlooding) return [];
    const result = this.call(kit, 'takeFiles');
    if (result.error) return [];
    const files: unknown = JSON.parse(this.context.getString(result.value));
    return (Array.isArray(files) ? files : []).filter(
      (file): file is [string, string] =>
        Array.isArray(file) && typeof file[0] === 'string' && typeof file[1] === 'string',
    );
  }

  private call(kit: QuickJSHandle, name: string): ReturnType<QuickJSContext['evalCode']> {
    return this.context.callFunction(this.context.getProp(kit, name), this.context.undefined);
  }
}

const task = JSON.parse((await buffer(process.stdin)).toString('utf8')) as QuickjsTask;
const quickjs = await newQuickJSWASMModule();
const runtime = quickjs.newRuntime();
const report = new Play(runtime, runtime.newContext(), task).run();
process.stdout.write(JSON.stringify(report));
