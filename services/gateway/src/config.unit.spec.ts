import { loadConfig } from '@baton/service';

import { gatewayConfigSchema } from './config.js';

const ENV = {
  DATABASE_URL: 'postgres://localhost/baton',
  DATABASE_SYSTEM_URL: 'postgres://localhost/baton',
  NATS_URL: 'nats://localhost:4222',
  REDIS_URL: 'redis://localhost:6379',
  BATON_SECRET: 'sixteen characters or more',
  BATON_API_KEY: 'a-key',
};
const load = (env: Record<string, string>) => loadConfig(gatewayConfigSchema, { ...ENV, ...env });

describe("the gateway's configuration", () => {
  it('limits as the contract says unless told', () => {
    expect(load({})).toMatchObject({
      PORT: 3000,
      BATON_RATE_LIMIT_REQUESTS_PER_SECOND: 500,
      BATON_RATE_LIMIT_MESSAGES_PER_10S: 60,
      BATON_ALLOWED_ORIGINS: [],
    });
  });

  it('refuses to start without a first API key of its own', () => {
    expect(() => load({ BATON_API_KEY: '' })).toThrow('BATON_API_KEY is not set');
  });

  it('reads origins as browsers write them', () => {
    expect(
      load({ BATON_ALLOWED_ORIGINS: 'https://Shop.example/, http://127.0.0.1:8080' }).BATON_ALLOWED_ORIGINS,
    ).toEqual(['https://shop.example', 'http://127.0.0.1:8080']);
    expect(() => load({ BATON_ALLOWED_ORIGINS: 'shop' })).toThrow('BATON_ALLOWED_ORIGINS');
  });

  it('names every bad variable at once', () => {
    const bad = { PORT: 'x', BATON_RATE_LIMIT_MESSAGES_PER_10S: '0' };
    expect(() => load(bad)).toThrow(/PORT.*BATON_RATE_LIMIT_MESSAGES_PER_10S/);
  });
});
