import { z } from 'zod';

import { baseConfigSchema, ConfigError, intVariable, loadConfig } from './config.js';

const GOOD = {
  DATABASE_URL: 'postgres://app:secret@127.0.0.1:5432/baton',
  DATABASE_SYSTEM_URL: 'postgresql://system:secret@127.0.0.1:5432/baton',
  NATS_URL: 'nats://127.0.0.1:4222,nats://127.0.0.1:4223',
  REDIS_URL: 'redis://127.0.0.1:6379',
  BATON_SECRET: 'sixteen letters!',
};

const problemsOf = (env: Record<string, string | undefined>): string => {
  try {
    loadConfig(baseConfigSchema, env);
    return '';
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
};

describe('the configuration', () => {
  it('is read from the environment, with defaults for what may be left out', () => {
    expect(loadConfig(baseConfigSchema, GOOD)).toEqual({
      ...GOOD,
      DATABASE_POOL_SIZE: 10,
      BATON_SERVICE_PORT: 0,
      BATON_HOST: '127.0.0.1',
      LOG_LEVEL: 'info',
      BATON_TRACEPARENT_TO: ['webhooks', 'tools'],
    });
  });

  it('takes an empty variable for an unset one', () => {
    expect(loadConfig(baseConfigSchema, { ...GOOD, LOG_LEVEL: '', BATON_SERVICE_PORT: '' })).toMatchObject({
      LOG_LEVEL: 'info',
      BATON_SERVICE_PORT: 0,
    });
    expect(problemsOf({ ...GOOD, NATS_URL: '' })).toContain('NATS_URL is not set');
  });

  it('names every bad variable at once, on one line', () => {
    const problems = problemsOf({
      ...GOOD,
      DATABASE_URL: 'mysql://x',
      NATS_URL: undefined,
      BATON_SERVICE_PORT: '70000',
      LOG_LEVEL: 'loud',
    });
    for (const name of ['DATABASE_URL', 'NATS_URL', 'BATON_SERVICE_PORT', 'LOG_LEVEL']) {
      expect(problems).toContain(name);
    }
    expect(problems).not.toContain('\n');
    expect(problems).not.toContain('REDIS_URL');
  });

  it('never repeats the value of a bad variable: it may be a secret', () => {
    const problems = problemsOf({
      ...GOOD,
      BATON_SECRET: 'too short',
      DATABASE_URL: 'postgrs://u:hunter2@h/d',
    });
    expect(problems).toContain('BATON_SECRET');
    expect(problems).not.toContain('too short');
    expect(problems).not.toContain('hunter2');
  });

  it.each(['1.5', '12a', ' 3', '0x10', '1e3', '-1', '11'])(
    'refuses %p where 0 to 10 is asked for',
    (value) => {
      expect(() => loadConfig(z.object({ N: intVariable(0, 10) }), { N: value })).toThrow(/N: /);
    },
  );

  it('is extended by a service with its own variables', () => {
    const schema = baseConfigSchema.extend({ PORT: intVariable(0, 65_535).default(3000) });
    expect(loadConfig(schema, GOOD).PORT).toBe(3000);
    expect(loadConfig(schema, { ...GOOD, PORT: '8080' }).PORT).toBe(8080);
  });
});
