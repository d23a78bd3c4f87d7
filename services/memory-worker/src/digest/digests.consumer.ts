import { HandleEvents } from '@baton/bus';
import { digestDue, logRequests, type RecordedEvent, subjects } from '@baton/contracts';
import { type InboxConsumer, InboxConsumers } from '@baton/event-store';
import { Controller } from '@nestjs/common';

import { ExtractFactsHandler } from './extract-facts.handler.js';
import { SummariseHandler } from './summarise.handler.js';

const SUMMARIES = 'memory-worker-summaries';
const FACTS = 'memory-worker-facts';
const SUBJECT = subjects.eventsOfType(digestDue.type);
/** Each waits for a model; more at once only meets the provider's limits sooner. */
const MAX_IN_FLIGHT = 16;

/**
 * A digest that is due: summary and facts, each a consumer of its own. Neither stands in the way of a turn's
 * memory, nor of the other; what fails for good is a dead letter of that consumer.
 */
@Controller()
export class DigestsConsumer {
  private readonly summaries: InboxConsumer;
  private readonly facts: InboxConsumer;

  constructor(inboxes: InboxConsumers, summarise: SummariseHandler, extractFacts: ExtractFactsHandler) {
    const due = { streamTypes: ['memory'], types: [digestDue.type], log: logRequests.memoryWorker };
    this.summaries = inboxes.create({
      ...due,
      consumer: SUMMARIES,
      handle: (event, mark) => summarise.handle(event, mark),
    });
    this.facts = inboxes.create({
      ...due,
      consumer: FACTS,
      handle: (event, mark) => extractFacts.handle(event, mark),
    });
  }

  @HandleEvents({ consumer: SUMMARIES, subject: SUBJECT, maxInFlight: MAX_IN_FLIGHT })
  summarise(event: RecordedEvent): Promise<void> {
    return this.summaries.receive(event);
  }

  @HandleEvents({ consumer: FACTS, subject: SUBJECT, maxInFlight: MAX_IN_FLIGHT })
  extractFacts(event: RecordedEvent): Promise<void> {
    return this.facts.receive(event);
  }
}
