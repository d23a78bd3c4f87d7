/** A text with its embedding, as it is recorded. */
export interface Embedded {
  readonly content: string;
  readonly embedding: string;
  readonly embedding_model: string;
}

export interface RememberTurn {
  readonly type: 'RememberTurn';
  readonly conversation_id: string;
  readonly customer_id: string | null;
  readonly turn_number: number;
  readonly memory_id: string;
  readonly memory: Embedded;
  /** After how many turns a digest is due. */
  readonly digest_every: number;
}

export interface RecordSummary {
  readonly type: 'RecordSummary';
  readonly conversation_id: string;
  readonly memory_id: string;
  readonly summary: Embedded;
  /** The turns that went into it beside the summary before. */
  readonly turn_numbers: readonly number[];
}

export interface RecordFacts {
  readonly type: 'RecordFacts';
  readonly conversation_id: string;
  readonly facts: readonly {
    readonly memory_id: string;
    readonly turn_number: number;
    readonly fact: Embedded;
  }[];
}

export interface ForgetConversation {
  readonly type: 'ForgetConversation';
  readonly conversation_id: string;
}

export type MemoryCommand = RememberTurn | RecordSummary | RecordFacts | ForgetConversation;
