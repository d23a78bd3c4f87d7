import { createCrashPoint } from './crash-point.js';

const armed = (env: NodeJS.ProcessEnv) => {
  const sent: string[] = [];
  return { sent, crashPoint: createCrashPoint(env, (signal) => sent.push(signal)) };
};

describe('crashPoint', () => {
  it('does nothing when no test armed it', () => {
    const { crashPoint, sent } = armed({});
    crashPoint('after-append');
    expect(sent).toEqual([]);
  });

  it('kills at the hit that was asked for, not before and not at another place', () => {
    const { crashPoint, sent } = armed({ CRASH_AT: 'after-append:2' });
    crashPoint('after-append');
    crashPoint('before-ack');
    crashPoint('before-ack');
    expect(sent).toEqual([]);
    crashPoint('after-append');
    expect(sent).toEqual(['SIGKILL']);
  });

  it('freezes at its first hit when no count is given', () => {
    const { crashPoint, sent } = armed({ STALL_AT: 'before-ack' });
    crashPoint('before-ack');
    crashPoint('before-ack');
    expect(sent).toEqual(['SIGSTOP']);
  });

  it('refuses a count that is none', () => {
    expect(() => armed({ CRASH_AT: 'after-append:soon' })).toThrow('no count of hits');
    expect(() => armed({ CRASH_AT: 'after-append:0' })).toThrow('no count of hits');
  });
});
