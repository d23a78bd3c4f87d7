import { ModelServer, type ModelRequest, modelSteps } from '@baton/testkit';

import { markersIn, tenantOf } from '../load/marker.js';
import type { Random } from '../random.js';

const { cutMidStream, empty, hangBeforeHeaders, json, malformedBody, refuse, say, slow, status } = modelSteps;
type Step = ReturnType<typeof say>;

/** How a model can be bad, by name. */
export const MODEL_MOODS = {
  'rate limited': () => status(429, { retryAfter: 1 }),
  'server errors': () => status(500),
  silent: () => hangBeforeHeaders(),
  'cut off': () => cutMidStream('I was about to'),
  'not JSON': () => malformedBody(),
  empty: () => empty(),
  'one answer for all': () => say('I am sorry, could you say that again?'),
  refusing: () => refuse(),
  slow: (said: Step) => slow(3_000, said),
} as const satisfies Readonly<Record<string, (said: Step) => Step>>;
export type ModelMood = keyof typeof MODEL_MOODS;

/** A model that says whose message it answers, and can be told to be bad. */
export class ChaosModel {
  /** Calls that the mood spoilt since it was set. */
  spoilt = 0;
  /** Prompts that held what another tenant's customer had said. */
  mixedTenants = 0;
  private mood: { readonly name: ModelMood; readonly share: number } | undefined;

  private constructor(
    readonly server: ModelServer,
    private readonly random: Random,
  ) {
    server.respond((request) => this.answer(request));
  }

  static async start(random: Random): Promise<ChaosModel> {
    return new ChaosModel(await ModelServer.start(), random);
  }

  /** @param share of the calls that it spoils */
  become(name: ModelMood, share: number): void {
    this.spoilt = 0;
    this.mood = { name, share };
  }

  recover(): void {
    this.mood = undefined;
  }

  private answer(request: ModelRequest): Step {
    // The server keeps every request it saw; a long run has no room for them.
    this.server.requests.length = 0;
    const tenants = new Set(markersIn(request.prompt).map(tenantOf));
    if (tenants.size > 1) this.mixedTenants += 1;
    const said = this.good(request);
    if (!this.mood || !this.random.chance(this.mood.share)) return said;
    this.spoilt += 1;
    return MODEL_MOODS[this.mood.name](said);
  }

  private good(request: ModelRequest): Step {
    if (request.schema !== undefined) return json(sample(request.schema as Schema));
    return say(`Answering ${markersIn(request.lastUser).join(' ')}: ${this.random.words(12)}`);
  }
}

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** Something that fits: digests ask for an object of texts and lists. */
const sample = (schema: Schema): unknown => {
  if (schema.enum) return schema.enum[0];
  if (schema.type === 'array') return [];
  if (schema.type === 'number' || schema.type === 'integer') return 1;
  if (schema.type === 'boolean') return false;
  if (schema.type !== 'object') return 'in short';
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).map(([name, value]) => [name, sample(value)]),
  );
};
