import { RELAY_CONSUMER, type Request, type StoredLetter } from '@baton/event-store';
import { SERVICE_NAMES, type ServiceName } from '@baton/service/roles';

import { identityOf, letterOfBus, payloadOf, type BusLetter } from './bus-letters.js';
import type { Asking, Command, Selection } from './command.js';
import { SERVICES_WITH_LETTERS, type Installation } from './installation.js';
import { formatLetterId, type Letter, letterOf, type LetterId } from './letter.js';
import { details, table, withoutCiphertext } from './render.js';

export const EXIT = { done: 0, failed: 1, usage: 2, notSettled: 3 } as const;
type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const MOST_LISTED = 10_000;
const LOOK_EVERY_MS = 100;

export interface Output {
  readonly out: (text: string) => void;
  readonly warn: (text: string) => void;
}

/** What came of one letter that something was asked of. */
interface Settlement {
  readonly id: string;
  readonly outcome: 'handled' | 'failed-again' | 'dropped' | 'published' | 'asked-before' | 'pending';
  readonly reason?: string;
}

/** Runs one command on an installation; resolves with the exit code. */
export const run = async (
  command: Command,
  installation: Installation,
  output: Output,
): Promise<ExitCode> => {
  const desk = new LetterDesk(installation, output);
  switch (command.verb) {
    case 'list': {
      const letters = await desk.list(command.filter);
      output.out(command.json ? JSON.stringify(letters, null, 2) : table(letters));
      return command.check && letters.some(({ state }) => state === 'open') ? EXIT.failed : EXIT.done;
    }
    case 'show': {
      const { letter, event } = await desk.show(command.id, command.open);
      output.out(command.json ? JSON.stringify({ ...letter, event }, null, 2) : details(letter, event));
      return EXIT.done;
    }
    case 'replay': {
      const ids = command.ids.length > 0 ? command.ids : await desk.openIds(command.filter);
      return report(command.json, await desk.ask(ids, 'replay', command), output);
    }
    case 'drop':
      return report(command.json, await desk.ask(command.ids, 'drop', command), output);
  }
};

const report = (json: boolean, settlements: readonly Settlement[], { out }: Output): ExitCode => {
  if (json) out(JSON.stringify(settlements, null, 2));
  else if (settlements.length === 0) out('No dead letters.');
  else
    for (const { id, outcome, reason } of settlements)
      out(`${id}: ${outcome}${reason === undefined ? '' : ` (${reason})`}`);
  if (settlements.some(({ outcome }) => outcome === 'failed-again' || outcome === 'asked-before'))
    return EXIT.failed;
  return settlements.some(({ outcome }) => outcome === 'pending') ? EXIT.notSettled : EXIT.done;
};

class LetterDesk {
  constructor(
    private readonly installation: Installation,
    private readonly output: Output,
  ) {}

  async list(filter: Selection): Promise<Letter[]> {
    const services = SERVICES_WITH_LETTERS.filter(
      (service) => filter.service === undefined || filter.service === service,
    );
    const kept = await Promise.all(services.map((service) => this.listTable(service, filter)));
    return [...kept.flat(), ...(await this.listBus(filter))];
  }

  /** Every open letter that fits, oldest first. */
  async openIds(filter: Selection): Promise<LetterId[]> {
    const letters = await this.list(filter);
    return letters
      .filter(({ state }) => state === 'open')
      .map(({ id }) => {
        const [place = '', number = ''] = id.split('/');
        const service = SERVICE_NAMES.find((name) => name === place);
        return service ? { kept: 'table', service, row: number } : { kept: 'bus', sequence: Number(number) };
      });
  }

  async show(id: LetterId, open: boolean): Promise<{ letter: Letter; event: object | null }> {
    if (id.kept === 'bus') {
      const bus = await this.busLetter(id.sequence);
      const bytes = payloadOf(bus.letter);
      return {
        letter: letterOfBus(bus),
        event: {
          subject: bus.letter.subject ?? null,
          headers: bus.letter.raw.headers,
          // Nobody knows what is in it: it may be what people said, unsealed.
          payload: open ? bus.letter.raw.payload : `[${bytes.length} bytes: --open shows them]`,
        },
      };
    }
    const stored = await this.stored(id.service, id.row);
    const ref = refOf(stored);
    const [event, lastVersion] = await Promise.all([
      this.installation.event(ref, stored.version),
      this.installation.lastVersion(ref),
    ]);
    const letter = letterOf(id.service, stored, lastVersion);
    if (!event) return { letter, event: null };
    const shown = open ? await this.installation.open(event) : event;
    return { letter, event: { ...shown, data: withoutCiphertext(shown.data) } };
  }

  /** Journals and lets go each letter, tells the consumers, and waits for what comes of it. */
  async ask(ids: readonly LetterId[], kind: Request['kind'], asking: Asking): Promise<Settlement[]> {
    const request: Request = { kind, by: asking.by, reason: asking.reason };
    const settlements: Settlement[] = [];
    const pending: (LetterId & { kept: 'table' })[] = [];
    for (const id of ids) {
      const settled =
        id.kept === 'bus' ? await this.askBus(id.sequence, request) : await this.askTable(id, request);
      if (settled) settlements.push(settled);
      else if (id.kept === 'table') pending.push(id);
    }
    if (pending.length > 0) {
      await this.installation
        .poke()
        .catch((error: unknown) =>
          this.output.warn(
            `NATS cannot be told (${(error as Error).message}): the next sweep of the consumer takes it on`,
          ),
        );
    }
    const deadline = Date.now() + asking.waitMs;
    for (const id of pending) settlements.push(await this.settled(id, deadline));
    return settlements;
  }

  private async askTable(
    id: LetterId & { kept: 'table' },
    request: Request,
  ): Promise<Settlement | undefined> {
    const stored = await this.stored(id.service, id.row);
    const letters = this.installation.lettersOf(id.service);
    const name = formatLetterId(id);
    if (stored.consumer === RELAY_CONSUMER) {
      const done = await letters.askRelay(stored, request);
      return {
        id: name,
        outcome: !done ? 'asked-before' : request.kind === 'drop' ? 'dropped' : 'published',
      };
    }
    return (await letters.ask(stored, request)) ? undefined : { id: name, outcome: 'asked-before' };
  }

  private async askBus(sequence: number, request: Request): Promise<Settlement> {
    const bus = await this.busLetter(sequence);
    const letters = await this.installation.bus();
    if (request.kind === 'replay') await letters.replay(bus);
    else await letters.remove(sequence);
    await this.installation.lettersOf(serviceOf(bus)).journal(identityOf(bus), request);
    return { id: `bus/${sequence}`, outcome: request.kind === 'drop' ? 'dropped' : 'published' };
  }

  private async settled(id: LetterId & { kept: 'table' }, deadline: number): Promise<Settlement> {
    const name = formatLetterId(id);
    for (;;) {
      const stored = await this.stored(id.service, id.row);
      if (stored.outcome !== null) {
        const again =
          stored.outcome === 'failed-again' ? await this.reasonNow(id.service, stored) : undefined;
        return { id: name, outcome: stored.outcome, ...(again !== undefined && { reason: again }) };
      }
      if (Date.now() >= deadline)
        return { id: name, outcome: 'pending', reason: `${stored.consumer} has not taken it on yet` };
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }

  private async reasonNow(service: ServiceName, { consumer, tenant_id, stream_id }: StoredLetter) {
    const open = await this.installation
      .lettersOf(service)
      .list({ consumer, tenantId: tenant_id, streamId: stream_id }, 1);
    return open[0] && `${service}/${open[0].dead_letter_id}: ${open[0].reason}`;
  }

  private async listTable(service: ServiceName, filter: Selection): Promise<Letter[]> {
    const stored = await this.installation.lettersOf(service).list(filter, MOST_LISTED + 1);
    if (stored.length > MOST_LISTED)
      this.output.warn(`${service} has more than ${MOST_LISTED}: the oldest are shown`);
    return Promise.all(
      stored
        .slice(0, MOST_LISTED)
        .map(async (letter) => letterOf(service, letter, await this.installation.lastVersion(refOf(letter)))),
    );
  }

  private async listBus(filter: Selection): Promise<Letter[]> {
    try {
      const letters = await (await this.installation.bus()).list();
      return letters
        .filter((bus) => filter.service === undefined || filter.service === serviceOf(bus))
        .map(letterOfBus)
        .filter(
          (letter) =>
            (filter.consumer === undefined || filter.consumer === letter.consumer) &&
            (filter.tenantId === undefined || filter.tenantId === letter.tenant_id) &&
            (filter.type === undefined || filter.type === letter.type) &&
            (filter.streamId === undefined || filter.streamId === letter.stream_id),
        );
    } catch (error) {
      this.output.warn(
        `NATS cannot be asked (${(error as Error).message}): messages that could not be read are not listed`,
      );
      return [];
    }
  }

  private async stored(service: ServiceName, row: string): Promise<StoredLetter> {
    const [letter] = await this.installation.lettersOf(service).list({ id: row, all: true }, 1);
    if (!letter) throw new Error(`There is no dead letter ${service}/${row}`);
    return letter;
  }

  private async busLetter(sequence: number): Promise<BusLetter> {
    const letter = await (await this.installation.bus()).find(sequence);
    if (!letter) throw new Error(`There is no dead letter bus/${sequence}`);
    return letter;
  }
}

const refOf = (letter: StoredLetter) => ({
  tenantId: letter.tenant_id,
  streamType: letter.stream_type,
  streamId: letter.stream_id,
});

/** Whose consumer it is: durable names begin with their service's. */
const serviceOf = ({ letter }: BusLetter): ServiceName =>
  SERVICES_WITH_LETTERS.find((service) => letter.consumer.startsWith(service)) ?? 'orchestrator';
