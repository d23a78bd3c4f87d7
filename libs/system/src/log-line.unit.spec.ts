import { warningIn } from './log-line.js';

describe('what the terminal shows of a log', () => {
  it('leaves out what is only information', () => {
    expect(warningIn('{"level":"info","msg":"ready"}')).toBeUndefined();
    expect(warningIn('{"level":30,"msg":"ready"}')).toBeUndefined();
  });

  it('puts a warning and its cause on one line', () => {
    const line = JSON.stringify({
      level: 'error',
      msg: 'The reply was not stored',
      err: { message: 'connection\nrefused', stack: 'Error: …' },
      conversation_id: 'conv_1',
    });
    expect(warningIn(line)).toEqual({
      level: 'ERROR',
      text: 'The reply was not stored: connection refused (conv_1)',
    });
  });

  it('does not say the same twice where message and cause agree', () => {
    expect(warningIn('{"level":50,"msg":"timed out","err":{"message":"timed out"}}')?.text).toBe('timed out');
  });

  it('shows what is said outside the log when that is an error', () => {
    expect(warningIn('baton-gateway: Bad configuration: BATON_API_KEY is not set')?.level).toBe('ERROR');
    expect(warningIn('    at main.js:3:1')).toBeUndefined();
    expect(warningIn('(node:12) ExperimentalWarning: this error-prone feature')).toBeUndefined();
  });

  it('cuts what would fill the screen', () => {
    expect(warningIn(JSON.stringify({ level: 'warn', msg: 'x'.repeat(5_000) }))?.text).toHaveLength(501);
  });
});
