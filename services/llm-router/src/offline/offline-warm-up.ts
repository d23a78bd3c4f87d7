import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { BuiltInEmbedder } from '../embedding/builtin/built-in-embedder.js';
import { OFFLINE_MODEL } from '../tokens.js';
import { LABEL_PROTOTYPES } from './classification/prototypes.js';
import type { OfflineModel } from './offline-model.js';

/** What is more urgent at a start goes first. */
const AFTER_MS = 1_000;
/** So that a customer's question need not wait for more than these. */
const AT_A_TIME = 8;

/**
 * Computes what every classification and every look for a request for a person compares
 * with, behind the start and in the model's own thread: else the first customer would wait a second for it.
 */
@Injectable()
export class OfflineWarmUp implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('OfflineWarmUp');
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(
    @Inject(OFFLINE_MODEL) private readonly offline: OfflineModel,
    private readonly builtIn: BuiltInEmbedder,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setTimeout(() => void this.run(), AFTER_MS);
    this.timer.unref();
  }

  beforeApplicationShutdown(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    try {
      await this.offline.humans.detect('My parcel has not come.');
      const sentences = LABEL_PROTOTYPES.flatMap(({ names, sentences: of }) => [...names, ...of]);
      for (let from = 0; from < sentences.length && !this.isStopped; from += AT_A_TIME)
        await this.offline.embedder.embed(sentences.slice(from, from + AT_A_TIME));
      await this.builtIn.rest();
    } catch (error) {
      this.logger.warn({ err: error }, 'Could not warm up: the first question takes longer');
    }
  }
}
