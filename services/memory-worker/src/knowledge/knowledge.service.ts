import { BatonError } from '@baton/contracts';
import { CONFIG } from '@baton/service';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';

import type { MemoryWorkerConfig } from '../config.js';
import { LlmClient } from '../llm/llm.client.js';
import { type Chunk, chunkMarkdown } from './chunking.js';
import { KnowledgeEmbedder } from './knowledge-embedder.js';
import { KnowledgeEmbeddings } from './knowledge-embeddings.repository.js';
import { KnowledgeFolder } from './knowledge-folder.repository.js';
import type { KnowledgeIndex } from './knowledge-index.js';

/** How soon a changed document is searched in its new form. */
const LOOK_EVERY_MS = 2_000;
const RETRY_MS = 500;

/** Keeps the folder's passages searchable: loads them at start and again whenever a file changes. */
@Injectable()
export class KnowledgeService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Knowledge');
  private readonly folder: KnowledgeFolder;
  private readonly embedder: KnowledgeEmbedder;
  private loaded: KnowledgeIndex | undefined;
  private signature: string | undefined;
  private underWay: Promise<KnowledgeIndex> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(llm: LlmClient, cache: KnowledgeEmbeddings, @Inject(CONFIG) config: MemoryWorkerConfig) {
    this.folder = new KnowledgeFolder(config.BATON_KNOWLEDGE_DIR);
    this.embedder = new KnowledgeEmbedder(llm, cache);
  }

  onApplicationBootstrap(): void {
    void this.watch();
  }

  beforeApplicationShutdown(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  /**
   * What can be searched now; the first load is waited for.
   * @throws BatonError `unavailable` where the first load fails
   */
  async index(): Promise<KnowledgeIndex> {
    if (this.loaded) return this.loaded;
    try {
      return await this.load();
    } catch (error) {
      throw new BatonError('unavailable', 'Knowledge is not loaded yet', {
        cause: error,
        retryAfterMs: 1000,
      });
    }
  }

  /**
   * All passages in this model's space: the model behind the router may have changed.
   * @throws BatonError `unavailable` where they can't be brought there
   */
  async indexFor(model: string): Promise<KnowledgeIndex> {
    for (let tries = 0; tries < 3; tries += 1) {
      const index = await this.index();
      if (index.model === model || index.model === undefined) return index;
      this.logger.log(
        `The embedding model is ${model} now, it was ${index.model}: embedding the knowledge again`,
      );
      await this.load(model);
    }
    throw new BatonError('unavailable', `The knowledge is not embedded by ${model} yet`);
  }

  private async watch(): Promise<void> {
    let next = LOOK_EVERY_MS;
    try {
      const signature = await this.folder.signature();
      if (!this.loaded || signature !== this.signature) await this.load();
      this.signature = signature;
    } catch (error) {
      next = RETRY_MS;
      this.logger.warn({ err: error }, 'The knowledge could not be loaded; trying again');
    }
    if (!this.isStopped) this.timer = setTimeout(() => void this.watch(), next);
  }

  /** One load at a time: who comes meanwhile gets that one's. */
  private load(model?: string): Promise<KnowledgeIndex> {
    this.underWay ??= this.loadOnce(model).finally(() => (this.underWay = undefined));
    return this.underWay;
  }

  private async loadOnce(model: string | undefined): Promise<KnowledgeIndex> {
    const started = performance.now();
    const documents = await this.folder.documents();
    const chunks = documents.flatMap(({ file, source }): Chunk[] => chunkMarkdown(file, source));
    if (documents.length === 0) this.logger.warn(`There is no knowledge in ${this.folder.path}`);
    this.loaded = await this.embedder.index(chunks, model ?? this.loaded?.model);
    const ms = Math.round(performance.now() - started);
    this.logger.log(`${chunks.length} passages of ${documents.length} documents are searchable (${ms} ms)`);
    return this.loaded;
  }
}
