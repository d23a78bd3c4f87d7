import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';

const COMMAND_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 1_000;
const LONGEST_RETRY_MS = 2_000;

/**
 * Redis as an optimisation: it connects in the background, and while it is away or frozen commands
 * fail at once or within half a second, so that nothing waits for it.
 */
export class RedisClient extends Redis implements OnApplicationShutdown {
  private readonly log = new Logger('Redis');
  private isAway = false;

  constructor(url: string, name: string) {
    super(url, {
      connectionName: name,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      commandTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      retryStrategy: (attempt) => Math.min(attempt * 100, LONGEST_RETRY_MS) * (0.5 + Math.random() / 2),
    });
    this.on('error', (error: Error) => this.sayAway(error.message));
    this.on('ready', () => {
      if (this.isAway) this.log.log('Redis is back');
      this.isAway = false;
    });
  }

  get isReady(): boolean {
    return this.status === 'ready';
  }

  onApplicationShutdown(): void {
    this.disconnect();
  }

  /** Once per absence, not once per attempt. */
  private sayAway(reason: string): void {
    if (!this.isAway) this.log.warn(`Redis is away, we go on without it: ${reason}`);
    this.isAway = true;
  }
}
