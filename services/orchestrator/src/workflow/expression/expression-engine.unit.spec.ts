import { parseExpression } from './expression.js';
import { ExpressionError, WorkerExpressionEngine } from './expression-engine.js';

describe('expression engine', () => {
  const engine = new WorkerExpressionEngine();
  const moment = { now: Date.UTC(2026, 10, 22, 10), seed: 'run_1' };
  const scope = { input: { message: 'Hi', tags: ['a', 'b'] }, nodes: { classify: { intent: 'billing' } } };
  const evaluate = async (source: string, over: Record<string, unknown> = scope): Promise<unknown> =>
    (await engine.evaluateAll([parseExpression(source)], over, moment))[0];

  afterAll(() => engine.close());

  it('gives what JSONata gives', async () => {
    expect(await evaluate("$uppercase(input.message) & '!'")).toBe('HI!');
    expect(await evaluate('input.tags')).toEqual(['a', 'b']);
    expect(await evaluate('$count(input.tags) > 1 ? {"many": true} : null')).toEqual({ many: true });
    expect(await evaluate('input.nothing.here')).toBeUndefined();
  });

  it('answers several expressions in their order', async () => {
    const expressions = ['$sum([1,2])', "nodes.classify.intent = 'billing'", 'input.tags[1]'].map(
      parseExpression,
    );
    expect(await engine.evaluateAll(expressions, scope, moment)).toEqual([3, true, 'b']);
  });

  it('says which expression failed', async () => {
    await expect(evaluate('$number("abc")')).rejects.toThrow(ExpressionError);
    await expect(evaluate('$number("abc")')).rejects.toThrow('$number("abc")');
    await expect(evaluate('input.message > 3')).rejects.toThrow(ExpressionError);
  });

  it('gives the same time and chance whenever a run is resumed', async () => {
    expect(await evaluate('$millis()')).toBe(moment.now);
    expect(await evaluate('$now()')).toBe('2026-11-22T10:00:00.000Z');
    const first = await evaluate('[$random(), $random()]');
    expect(await evaluate('[$random(), $random()]')).toEqual(first);
    const other = await engine.evaluateAll([parseExpression('[$random(), $random()]')], scope, {
      ...moment,
      seed: 'run_2',
    });
    expect(other[0]).not.toEqual(first);
  });

  it('ends an endless expression and answers who waited behind it', async () => {
    const endless = evaluate('($f := function($n) { $f($n + 1) }; $f(0))');
    const behind = evaluate('$sum([20, 22])');
    await expect(endless).rejects.toThrow('longer than 250 ms');
    expect(await behind).toBe(42);
  });

  it('ends a regular expression that never comes back', async () => {
    const text = `${'a'.repeat(40)}!`;
    await expect(evaluate('$match(input.text, /^(a+)+$/)', { input: { text } })).rejects.toThrow(
      'longer than',
    );
  });

  it('survives an expression that takes all memory', async () => {
    await expect(evaluate('($f := function($s) { $f($s & $s & $s) }; $f("0123456789"))')).rejects.toThrow(
      ExpressionError,
    );
    expect(await evaluate('$sum([1, 1])')).toBe(2);
  });

  it.each(['$pad("", 100000000, "x")', '$pad("", 300000000, "x")', '[1..9999999]'])(
    'survives an allocation that V8 would abort the process for: %s',
    async (source) => {
      const greedy = [evaluate(source), evaluate('$sum([1, 2])'), evaluate(source)];
      const outcomes = await Promise.allSettled(greedy);
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
      expect(await evaluate('$sum([1, 1])')).toBe(2);
    },
  );

  it('keeps this thread free while it works', async () => {
    const endless = evaluate('($f := function($n) { $f($n + 1) }; $f(0))').catch(() => 'ended');
    let ticks = 0;
    const ticking = setInterval(() => (ticks += 1), 5);
    await endless;
    clearInterval(ticking);
    expect(ticks).toBeGreaterThan(10);
  });

  it.each([
    'input.constructor',
    'input.__proto__',
    'input.tags.constructor("return process")()',
    '$lookup(input, "constructor")',
    '$sum.constructor',
    '$eval("process")',
    '$eval("input.constructor.constructor")',
    'process',
    'globalThis',
  ])('reaches nothing of the process with %s', async (source) => {
    const outcome = await evaluate(source).catch((error: unknown) => error);
    expect(outcome === undefined || outcome instanceof ExpressionError).toBe(true);
  });

  it('leaves nothing behind for the next expression', async () => {
    await evaluate('input ~> |$|{"__proto__": {"polluted": 1}, "constructor": 2}|').catch(() => undefined);
    await evaluate('$merge([{"__proto__": {"polluted": 1}}])').catch(() => undefined);
    expect(await evaluate('input.polluted')).toBeUndefined();
    expect(await evaluate('{}.polluted')).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('gives values, not functions, and no more than a megabyte', async () => {
    await expect(evaluate('function($x) { $x }')).rejects.toThrow('function');
    await expect(evaluate('$sum')).rejects.toThrow('function');
    await expect(evaluate('$pad("", 2000000, "x")')).rejects.toThrow('1 MiB');
  });
});
