/** What goes to the embedding thread. */
export interface EmbeddingTask {
  readonly id: number;
  readonly texts: readonly string[];
}

/** What comes back: a unit vector for each text, or why there is none. */
export type EmbeddingReply =
  | { readonly id: number; readonly vectors: readonly Float32Array[] }
  | { readonly id: number; readonly error: string };
