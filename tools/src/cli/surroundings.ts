import { resolve } from 'node:path';

import { type BatonClient, createClient } from '@baton/client';
import { findCheckout, notedServers, type ServerUrls } from '@baton/system';

import { CliError } from './failure.js';

const USUAL_URL = 'http://127.0.0.1:3000';
/** The key that `npm start` gives the default tenant where nobody chose another. */
export const DEMO_KEY = 'dev-key';
/** A person waits. */
const PATIENCE = { attempts: 3, baseMs: 200, maxMs: 2000, longestRetryAfterMs: 10_000 };

/** What a command finds around itself: the environment, and the Baton that runs on the data directory. */
export class Surroundings {
  readonly checkout: string;
  readonly dataDir: string;

  constructor(readonly env: NodeJS.ProcessEnv) {
    this.checkout = findCheckout();
    this.dataDir = resolve(this.checkout, env['BATON_DATA_DIR'] || '.baton');
  }

  /** Undefined where none runs on the data directory. */
  get noted(): ServerUrls | undefined {
    return notedServers(this.dataDir);
  }

  /** `BATON_URL`, else the gateway of the Baton that runs here, else where one usually is. */
  get baseUrl(): string {
    const url = this.env['BATON_URL'] || this.noted?.services?.gateway || USUAL_URL;
    if (!/^https?:\/\/[^/]/.test(url)) throw new CliError('BATON_URL must begin with http:// or https://');
    return url.replace(/\/+$/, '');
  }

  get token(): string {
    return this.env['BATON_API_KEY'] || DEMO_KEY;
  }

  client(): BatonClient {
    return createClient({ baseUrl: this.baseUrl, token: this.token, retries: PATIENCE, timeoutMs: 30_000 });
  }

  /** The administrator's. */
  databaseUrl(): string {
    return this.server('DATABASE_URL', this.noted?.postgres);
  }

  natsUrl(): string {
    return this.server('NATS_URL', this.noted?.nats);
  }

  redisUrl(): string {
    return this.server('REDIS_URL', this.noted?.redis);
  }

  private server(variable: string, noted: string | undefined): string {
    const url = this.env[variable] || noted;
    if (!url)
      throw new CliError(`No Baton runs on ${this.dataDir}: start it with npm start, or set ${variable}`);
    return url;
  }
}
