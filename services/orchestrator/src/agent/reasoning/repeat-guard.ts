/** What to do with a call: `told` is not run, for its result is there already; `loop` ends the agent. */
export type RepeatVerdict = 'run' | 'told' | 'loop';

/** Notices an agent that goes in circles: the same tool with the same arguments. */
export class RepeatGuard {
  private readonly calls = new Map<string, { times: number; failed: boolean }>();

  judge(tool: string, args: unknown): RepeatVerdict {
    const call = this.callOf(tool, args);
    call.times += 1;
    if (call.times > 2) return 'loop';
    // What failed may be tried once more.
    return call.times === 1 || call.failed ? 'run' : 'told';
  }

  failed(tool: string, args: unknown): void {
    this.callOf(tool, args).failed = true;
  }

  private callOf(tool: string, args: unknown): { times: number; failed: boolean } {
    const key = `${tool} ${canonical(args)}`;
    const call = this.calls.get(key) ?? { times: 0, failed: false };
    this.calls.set(key, call);
    return call;
  }
}

/** JSON that does not depend on the order of keys. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ) ?? 'undefined';
