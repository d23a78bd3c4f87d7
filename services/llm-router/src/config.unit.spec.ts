import { loadConfig } from '@baton/service';

import { configSchema } from './config.js';

const base = {
  DATABASE_URL: 'postgres://a@localhost/b',
  DATABASE_SYSTEM_URL: 'postgres://a@localhost/b',
  NATS_URL: 'nats://localhost:4222',
  REDIS_URL: 'redis://localhost',
  BATON_SECRET: 'sixteen characters',
};
const load = (env: Record<string, string>) => loadConfig(configSchema, { ...base, ...env });

describe("the router's configuration", () => {
  it('takes several models for a tier, in their order', () => {
    const config = load({ OPENAI_API_KEY: 'k', BATON_MODEL_SMART: 'openai/a, offline/extractive' });
    expect(config.BATON_MODEL_SMART).toEqual(['openai/a', 'offline/extractive']);
  });

  it('names the variable that is wrong', () => {
    expect(() => load({ BATON_MODEL_FAST: 'gpt-5' })).toThrow('BATON_MODEL_FAST');
    expect(() => load({ BATON_MODEL_FAST: 'openai/' })).toThrow('BATON_MODEL_FAST');
    expect(() => load({ BATON_MODEL_EMBEDDING: 'anthropic/x' })).toThrow('BATON_MODEL_EMBEDDING');
    expect(() => load({ OPENAI_BASE_URL: 'localhost:1234' })).toThrow('OPENAI_BASE_URL');
    expect(() => load({ BATON_PRICES_FILE: '/nowhere.json' })).toThrow('BATON_PRICES_FILE');
  });

  it('says what a model needs that nobody gave a key for', () => {
    expect(() => load({ BATON_MODEL_SMART: 'anthropic/claude-sonnet-5-5' })).toThrow(
      'BATON_MODEL_SMART: anthropic/claude-sonnet-5-5 needs ANTHROPIC_API_KEY',
    );
  });

  it('takes an empty variable for an unset one', () => {
    expect(load({ OPENAI_API_KEY: '', BATON_MODEL_FAST: '' })).not.toHaveProperty('BATON_MODEL_FAST');
  });
});
