import { BatonError, type ModelInfo } from '@baton/contracts';
import { Logger } from '@nestjs/common';

import type { Provider } from '../providers/provider.js';
import { modelName, type ModelRef, parseModelRef } from './model-ref.js';
import { isDefaultOpenAIModel, isTier, type Tiers } from './tiers.js';

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

  /** @throws BatonError `validation-failed` for what is neither a tier nor a configured provider's model */
  async route(name: string): Promise<readonly Route[]> {
    if (!isTier(name)) return [this.named(name)];
    return Promise.all(this.tiers.chat[name].map(async (model) => this.named(await this.served(model))));
  }

  async resolve(name: string): Promise<ModelInfo> {
    const [first] = await this.route(name);
    if (!first) throw new BatonError('validation-failed', `The tier ${name} has no model`);
    const { toolCalls, offline, contextWindow } = first.provider.capabilities(first.ref.model);
    return { model: first.name, tool_calls: toolCalls, offline, context_window: contextWindow };
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
