import { tracedFetch } from '@baton/service';
import type { Provider as NestProvider } from '@nestjs/common';

import type { RouterConfig } from './config.js';
import { BuiltInEmbedder } from './embedding/builtin/built-in-embedder.js';
import { type OfflineModel, offlineModel } from './offline/offline-model.js';
import { ModelSettings } from './models-file/model-settings.js';
import { readModelsFile } from './models-file/models-file.js';
import { loadPrices, PriceTable } from './pricing/price-table.js';
import { AnthropicProvider } from './providers/anthropic/anthropic.provider.js';
import { OfflineProvider } from './providers/offline/offline.provider.js';
import { OpenAIProvider } from './providers/openai/openai.provider.js';
import type { Provider } from './providers/provider.js';
import { Breakers } from './routing/breakers.js';
import { ModelRouter } from './routing/model-router.js';
import { isOfficialOpenAI, type Tiers, tiersOf } from './routing/tiers.js';
import { RouterMetrics } from './telemetry/router-metrics.js';
import { OFFLINE_MODEL, TIERS } from './tokens.js';

/** Every vendor that the configuration gives a key or an address for, and the offline model. */
export const configuredProviders = (
  config: RouterConfig,
  offline: OfflineModel,
): ReadonlyMap<string, Provider> => {
  const providers: Provider[] = [new OfflineProvider(offline)];
  if (config.OPENAI_API_KEY !== undefined || config.OPENAI_BASE_URL !== undefined) {
    providers.push(
      new OpenAIProvider({
        apiKey: config.OPENAI_API_KEY,
        baseUrl: config.OPENAI_BASE_URL,
        official: isOfficialOpenAI(config.OPENAI_BASE_URL),
        fetch: tracedFetch('models'),
      }),
    );
  }
  if (config.ANTHROPIC_API_KEY !== undefined || config.ANTHROPIC_BASE_URL !== undefined) {
    providers.push(
      new AnthropicProvider({
        apiKey: config.ANTHROPIC_API_KEY,
        baseUrl: config.ANTHROPIC_BASE_URL,
        fetch: tracedFetch('models'),
      }),
    );
  }
  return new Map(providers.map((provider) => [provider.name, provider]));
};

/** The models, and what is known of them. */
export const modelProviders = (config: RouterConfig): NestProvider[] => [
  {
    provide: ModelSettings,
    useFactory: () =>
      config.BATON_MODELS_FILE === undefined ? new ModelSettings() : readModelsFile(config.BATON_MODELS_FILE),
  },
  {
    provide: TIERS,
    inject: [ModelSettings],
    useFactory: (settings: ModelSettings) => tiersOf(config, settings),
  },
  { provide: PriceTable, useFactory: () => loadPrices(config.BATON_PRICES_FILE) },
  { provide: BuiltInEmbedder, useFactory: () => new BuiltInEmbedder() },
  {
    provide: OFFLINE_MODEL,
    inject: [BuiltInEmbedder],
    useFactory: (embedder: BuiltInEmbedder) => offlineModel(embedder),
  },
  {
    provide: ModelRouter,
    inject: [TIERS, OFFLINE_MODEL],
    useFactory: (tiers: Tiers, offline: OfflineModel) =>
      new ModelRouter(configuredProviders(config, offline), tiers),
  },
  {
    provide: Breakers,
    inject: [RouterMetrics],
    useFactory: (metrics: RouterMetrics) => new Breakers((model, open) => metrics.breaker(model, open)),
  },
];
