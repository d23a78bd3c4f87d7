import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createCrashPoint } from './crash-point.js';

const armed = (env: NodeJS.ProcessEnv) => {
  const sent: NodeJS.Signals[] = [];
  return { sent, crashPoint: createCrashPoint(env, (signal) => sent.push(signal)) };
};

describe('crashPoint', () => {
  it('does nothing unless a test armed it', () => {
    const { crashPoint, sent } = armed({});
    crashPoint('after-append');
    expect(sent).toEqual([]);
  });

  it('kills the process at the named point and hit', () => {
    const { crashPoint, sent } = armed({ CRASH_AT: 'after-append:2' });
    crashPoint('after-append');
    crashPoint('before-ack');
    crashPoint('before-ack');
    expect(sent).toEqual([]);
    crashPoint('after-append');
    expect(sent).toEqual(['SIGKILL']);
  });

  it('stops the process at the first hit unless told otherwise', () => {
    const { crashPoint, sent } = armed({ STALL_AT: 'before-ack' });
    crashPoint('before-ack');
    crashPoint('before-ack');
    expect(sent).toEqual(['SIGSTOP']);
  });

  it('fails what runs there as if nothing had answered', () => {
    const { crashPoint, sent } = armed({ ERR_AT: 'after-append:2' });
    crashPoint('after-append');
    expect(() => crashPoint('after-append')).toThrow(expect.objectContaining({ code: 'unavailable' }));
    crashPoint('after-append');
    expect(sent).toEqual([]);
  });

  it('can be armed while it runs, and says what it passed and where it was hit', () => {
    const control = mkdtempSync(join(tmpdir(), 'baton-crash-'));
    const file = (suffix: string) => join(control, `${process.pid}.${suffix}`);
    const listeners = process.listeners('SIGUSR2');
    try {
      const { crashPoint, sent } = armed({ CRASH_CONTROL: control });
      crashPoint('after-append');
      crashPoint('after-append');
      writeFileSync(file('arm'), 'CRASH_AT=after-append:2\n');
      process.emit('SIGUSR2');
      crashPoint('after-append');
      expect(sent).toEqual([]);
      crashPoint('after-append');
      expect(sent).toEqual(['SIGKILL']);
      expect(readFileSync(file('passed'), 'utf8')).toBe('after-append\n');
      expect(readFileSync(file('hit'), 'utf8')).toBe('after-append SIGKILL\n');
    } finally {
      for (const listener of process.listeners('SIGUSR2')) {
        if (!listeners.includes(listener)) process.removeListener('SIGUSR2', listener);
      }
      rmSync(control, { recursive: true });
    }
  });

  it.each(['after-append:0', 'after-append:x', 'after-append:1.5'])('refuses %s', (setting) => {
    expect(() => armed({ CRASH_AT: setting })).toThrow('is no count of hits');
  });
});
