import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, type HumanRequestVerdict, llmRequests } from '@baton/contracts';
import { Controller, Inject } from '@nestjs/common';

import { OFFLINE_MODEL } from '../tokens.js';
import type { OfflineModel } from './offline-model.js';

/** What other services ask of the built-in model beside whole answers. */
@Controller()
export class OfflineController {
  constructor(@Inject(OFFLINE_MODEL) private readonly offline: OfflineModel) {}

  @HandleRequest(llmRequests.rank)
  async rank({ body }: BusRequest<typeof llmRequests.rank>): Promise<AnswerOf<typeof llmRequests.rank>> {
    const ranked = await this.offline.ranker.rank(body.query, body.passages);
    return { passages: ranked.slice(0, body.limit).map(({ passage, score }) => ({ id: passage.id, score })) };
  }

  @HandleRequest(llmRequests.detectHumanRequest)
  detectHumanRequest({
    body,
  }: BusRequest<typeof llmRequests.detectHumanRequest>): Promise<HumanRequestVerdict> {
    return this.offline.humans.detect(body.text);
  }
}
