import { Random } from '../chaos/random.js';
import { type Operation, operationsIn } from './document.js';
import { type Fault, FAULTS } from './faults.js';
import type { FuzzedBaton } from './fuzzed-baton.js';
import { Judge } from './judge.js';
import { type Caller, type FuzzRequest, validRequest } from './request.js';
import { type Received, Sender, targetOf } from './send.js';
import { answered } from './patience.js';
import { SENIOR, World } from './world.js';

export interface CampaignOptions {
  readonly baton: FuzzedBaton;
  readonly seed: string;
  readonly requests: number;
  /** Requests under way at once. */
  readonly atOnce?: number;
  /** Operations whose `METHOD path` contains this. */
  readonly only?: string;
  /** Heard now and then: how many are done. */
  readonly onProgress?: (done: number) => void;
}

/** Something that is not as the document says, and how to do it again. */
export interface Finding {
  readonly operation: string;
  readonly fault: string;
  readonly what: string;
  readonly times: number;
  readonly example: string;
}

export interface Tally {
  readonly requests: number;
  readonly operations: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Operations that no request of the campaign got a 2xx from. */
  readonly neverWell: readonly string[];
  readonly findings: readonly Finding[];
}

/** How many requests have nothing wrong. */
const VALID = 0.45;
const AT_ONCE = 16;
const PROGRESS_EVERY = 1000;
/** Requests use things up: conversations are erased, offers taken. */
const REFILL_EVERY = 120;

/** Asks the whole document through: every operation in turn, valid and broken, and holds each answer against it. */
export const runCampaign = async (options: CampaignOptions): Promise<Tally> => {
  const document = (await (await fetch(`${options.baton.url}/openapi.json`)).json()) as object;
  const operations = operationsIn(document).filter(({ method, path }) =>
    `${method} ${path}`.includes(options.only ?? ''),
  );
  if (operations.length === 0) throw new Error(`No operation matches '${options.only}'`);
  const campaign = new Campaign(operations, await World.make(options.baton), options);
  return campaign.run();
};

class Campaign {
  private readonly judge = new Judge();
  private readonly findings = new Map<string, Finding>();
  private readonly byStatus: Record<string, number> = {};
  private readonly answeredWell = new Set<string>();
  private readonly sender: Sender;
  private done = 0;

  constructor(
    private readonly operations: readonly Operation[],
    private readonly world: World,
    private readonly options: CampaignOptions,
  ) {
    this.sender = new Sender(options.baton.url);
  }

  async run(): Promise<Tally> {
    const { requests, atOnce = AT_ONCE } = this.options;
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < requests) {
        if (next % REFILL_EVERY === 0) await this.world.refill(next / REFILL_EVERY);
        await this.one(next++);
      }
    };
    try {
      await Promise.all(Array.from({ length: atOnce }, work));
    } finally {
      this.sender.close();
    }
    return {
      requests,
      operations: this.operations.length,
      byStatus: this.byStatus,
      neverWell: this.operations.filter(({ id }) => !this.answeredWell.has(id)).map(nameOf),
      findings: [...this.findings.values()].sort((a, b) => a.operation.localeCompare(b.operation)),
    };
  }

  private async one(index: number): Promise<void> {
    const random = new Random(`${this.options.seed}/${index}`);
    const operation = this.operations[index % this.operations.length] as Operation;
    const plain = validRequest(operation, this.world.pool, this.caller(operation, random), random);
    const { request, fault } = random.chance(VALID)
      ? { request: plain, fault: undefined }
      : broken(plain, random);
    try {
      this.judged(
        request,
        fault,
        await answered(
          () => this.sender.send(request),
          ({ status }) => status,
        ),
      );
    } catch (error) {
      this.found(request, fault, `no answer: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.done += 1;
    if (this.done % PROGRESS_EVERY === 0) this.options.onProgress?.(this.done);
  }

  private judged(request: FuzzRequest, fault: Fault | undefined, received: Received): void {
    const { operation } = request;
    this.byStatus[received.status] = (this.byStatus[received.status] ?? 0) + 1;
    if (received.status < 300) {
      this.answeredWell.add(operation.id);
      this.harvest(operation, received);
      if (usesUp(operation)) this.forget(request);
    } else if (isGone(received.status) || (received.status === 409 && usesUp(operation)))
      this.forget(request);
    const only = operation.isOpen ? undefined : expected(fault);
    for (const what of this.judge.faultsOf(request, received, only))
      this.found(request, fault, what, received);
    if (
      fault &&
      received.status < 300 &&
      request.contentType === 'application/json' &&
      request.json !== undefined
    )
      if (!this.judge.allows(request))
        this.found(request, fault, 'takes a body that breaks its schema', received);
  }

  private harvest({ id }: Operation, { text }: Received): void {
    if (!text.startsWith('{')) return;
    try {
      const body = JSON.parse(text) as { next_cursor?: string | null };
      this.world.pool.harvest(body);
      if (typeof body.next_cursor === 'string') this.world.pool.add(`cursor of ${id}`, body.next_cursor);
    } catch {
      // The judge has said so.
    }
  }

  private forget({ operation, params }: FuzzRequest): void {
    const { pool } = this.world;
    for (const [name, id] of Object.entries(params)) pool.drop(pool.kindOf(operation.path, name), id);
  }

  /** Mostly who may do it: a refusal says little of what is behind it. */
  private caller(operation: Operation, random: Random): Caller {
    const [first, ...others] = this.world.callers as readonly [Caller, ...Caller[]];
    const person = usesUp(operation) && others.find(({ name }) => name === SENIOR);
    if (person && random.chance(0.7)) return person;
    return random.chance(0.7) ? first : random.pick(others);
  }

  private found(request: FuzzRequest, fault: Fault | undefined, what: string, received?: Received): void {
    const operation = nameOf(request.operation);
    const key = `${operation} ${what.replace(/[0-9a-f-]{36}|'[^']*'|\d+/g, '…')}`;
    const known = this.findings.get(key);
    this.findings.set(key, {
      operation,
      fault: fault?.name ?? 'nothing',
      what,
      example: exampleOf(request, received),
      ...known,
      times: (known?.times ?? 0) + 1,
    });
  }
}

/** A decision is made once, by a person. */
const usesUp = ({ path }: Operation): boolean => path.endsWith('/decision');

const isGone = (status: number): boolean => status === 404 || status === 410;

const nameOf = ({ method, path }: Operation): string => `${method} ${path}`;

/** Another fault is drawn until one has a place in the request. */
const broken = (plain: FuzzRequest, random: Random): { request: FuzzRequest; fault: Fault | undefined } => {
  for (const fault of random.shuffle(FAULTS)) {
    const request = fault.apply(plain, random);
    if (request) return { request, fault };
  }
  return { request: plain, fault: undefined };
};

/** Who may not ask at all is told so before the body is looked at. */
const expected = (fault: Fault | undefined): readonly number[] | undefined =>
  fault?.only === undefined || fault.only.includes(401) ? fault?.only : [...fault.only, 403, 404];

const exampleOf = (request: FuzzRequest, received: Received | undefined): string => {
  const { operation, caller, headers, contentType, body } = request;
  const lines = [
    `${operation.method} ${targetOf(request).slice(0, 300)} as ${caller.name}`,
    ...(Object.keys(headers).length > 0 ? [JSON.stringify(headers)] : []),
    ...(body ? [`${contentType}: ${body.toString('utf8').slice(0, 500)}`] : []),
    ...(received ? [`→ ${received.status} ${received.text.slice(0, 500)}`] : []),
  ];
  return lines.join('\n');
};
