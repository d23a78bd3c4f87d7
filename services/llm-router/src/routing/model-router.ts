import { BatonError, type ModelInfo } from '@baton/contracts';
import { Logger } from '@nestjs/common';

import type { Provider } from '../providers/provider.js';
import { modelName, type ModelRef, parseModelRef } from './model-ref.js';
import { fits, isCapable, type Requirements } from './requirements.js';
import { isDefaultOpenAIModel, tierNamed, type Tiers } from './tiers.js';

/** A model and who serves it. */
export interface Route {
  readonly ref: ModelRef;
  /** `provider/model` */
  readonly name: string;
  readonly provider: Provider;
}

const LIST_TIMEOUT_MS = 3_000;

/** From the name that a workflow uses to the models that may answer, in the order in which they are tried. */
export class ModelRouter {
  private readonly logger = new Logger('ModelRouter');
  private readonly substitutes = new Map<string, Promise<string | undefined>>();

  constructor(
    private readonly providers: ReadonlyMap<string, Provider>,
    private readonly tiers: Tiers,
  ) {}

  /**
   * The models that may answer this call: those whose condition lets them, and of these the ones that can; where none
   * can, they are asked all the same, for they know themselves better.
   * @throws BatonError `validation-failed` for what is neither a tier nor a configured provider's model;
   *   `model-incapable` where every model of the tier is for other calls
   */
  async route(name: string, call: Requirements): Promise<readonly Route[]> {
    const tier = tierNamed(this.tiers, name);
    if (!tier) return [this.named(name)];
    const fitting = tier.filter(({ when }) => fits(when, call));
    if (fitting.length === 0)
      throw new BatonError('model-incapable', `No model of the tier ${name} is for a call like this`);
    const routes = await Promise.all(fitting.map(async ({ model }) => this.named(await this.served(model))));
    if (routes.length === 1) return routes;
    const capable = routes.filter(({ provider, ref }) => isCapable(provider.capabilities(ref.model), call));
    return capable.length > 0 ? capable : routes;
  }

  /** A served model of embeddings. */
  embedding(): readonly Route[] {
    return [this.named(this.tiers.embedding)];
  }

  /** What a workflow may count on before it knows what it asks: the first that the tenant may use. */
  async resolve(name: string, tenantId: string): Promise<ModelInfo> {
    const tier = tierNamed(this.tiers, name);
    const open = tier?.find(({ when }) => when?.tenants === undefined || when.tenants.includes(tenantId));
    const first = tier ? open && this.named(await this.served(open.model)) : this.named(name);
    if (!first) throw new BatonError('validation-failed', `The tier ${name} has no model`);
    const { toolCalls, offline, contextWindow } = first.provider.capabilities(first.ref.model);
    return { model: first.name, tool_calls: toolCalls, offline, context_window: contextWindow };
  }

  /** Every model that a tier names, with what is known of it. */
  async known(): Promise<{
    readonly tiers: Record<string, readonly string[]>;
    readonly routes: readonly Route[];
  }> {
    const tiers: Record<string, readonly string[]> = {};
    const routes = new Map<string, Route>();
    for (const [tier, models] of Object.entries(this.tiers.chat)) {
      const named = await Promise.all(models.map(async ({ model }) => this.named(await this.served(model))));
      tiers[tier] = named.map((route) => route.name);
      for (const route of named) routes.set(route.name, route);
    }
    return { tiers, routes: [...routes.values()] };
  }

  private named(name: string): Route {
    const ref = parseModelRef(name);
    const provider = this.providers.get(ref.provider);
    if (!provider)
      throw new BatonError('validation-failed', `No provider "${ref.provider}" is configured for ${name}`);
    return { ref, name: modelName(ref), provider };
  }

  /** A server of one's own rarely has the vendor's default model: then its first chat model answers. */
  private async served(model: string): Promise<string> {
    if (!this.tiers.openAIModelIsAGuess || !isDefaultOpenAIModel(model)) return model;
    let substitute = this.substitutes.get(model);
    if (!substitute) {
      substitute = this.substitute(model);
      this.substitutes.set(model, substitute);
    }
    return (await substitute) ?? model;
  }

  private async substitute(model: string): Promise<string | undefined> {
    const { provider, ref } = this.named(model);
    try {
      const models = (await provider.listModels?.(AbortSignal.timeout(LIST_TIMEOUT_MS))) ?? [];
      if (models.includes(ref.model) || models[0] === undefined) return undefined;
      this.logger.log(`${model} is not on the server: ${models[0]} answers in its place`);
      return modelName({ provider: ref.provider, model: models[0] });
    } catch (error) {
      // Not up yet, perhaps: asked again at the next call.
      this.substitutes.delete(model);
      this.logger.warn(`Could not list the server's models: ${(error as Error).message}`);
      return undefined;
    }
  }
}
