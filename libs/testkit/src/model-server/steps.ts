/** One call of a tool that a scripted model makes. */
export interface ScriptedToolCall {
  readonly name: string;
  readonly args: unknown;
}

/** What the server does with one call. */
export type Step =
  | { readonly kind: 'say'; readonly text: string; readonly stop?: 'stop' | 'length' | 'refusal' }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'tools'; readonly calls: readonly ScriptedToolCall[]; readonly text?: string }
  /** Tool arguments that are no JSON. */
  | { readonly kind: 'malformed-arguments'; readonly name: string }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly message?: string;
    }
  | { readonly kind: 'hang'; readonly after?: string }
  | { readonly kind: 'cut'; readonly after: string }
  /** Without `after` from the first byte on. */
  | { readonly kind: 'malformed-body'; readonly after?: string }
  | { readonly kind: 'slow'; readonly ms: number; readonly then: Step }
  /** A streamed answer, a word every so often. */
  | { readonly kind: 'paced'; readonly text: string; readonly everyMs: number };

export const say = (text: string): Step => ({ kind: 'say', text });
export const empty = (): Step => ({ kind: 'say', text: '' });
export const refuse = (text = 'I cannot help with that.'): Step => ({ kind: 'say', text, stop: 'refusal' });
export const cutByLength = (text: string): Step => ({ kind: 'say', text, stop: 'length' });
export const json = (value: unknown): Step => ({ kind: 'json', value });
export const callTools = (...calls: readonly ScriptedToolCall[]): Step => ({ kind: 'tools', calls });
export const malformedArguments = (name: string): Step => ({ kind: 'malformed-arguments', name });
export const status = (
  code: number,
  more: { readonly retryAfter?: number | string; readonly message?: string } = {},
): Step => ({
  kind: 'status',
  status: code,
  ...(more.retryAfter !== undefined && { headers: { 'retry-after': String(more.retryAfter) } }),
  ...(more.message !== undefined && { message: more.message }),
});
/** Takes the call and never answers. */
export const hangBeforeHeaders = (): Step => ({ kind: 'hang' });
/** Says the beginning and then nothing more. */
export const hangMidStream = (text: string): Step => ({ kind: 'hang', after: text });
/** Says the beginning and drops the connection. */
export const cutMidStream = (text: string): Step => ({ kind: 'cut', after: text });
/** A body, or a stream, that is not of this protocol. */
export const malformedBody = (): Step => ({ kind: 'malformed-body' });
/** Says the beginning of a stream and then something that is not of this protocol. */
export const garbageMidStream = (text: string): Step => ({ kind: 'malformed-body', after: text });
export const slow = (ms: number, then: Step): Step => ({ kind: 'slow', ms, then });
export const paced = (text: string, everyMs: number): Step => ({ kind: 'paced', text, everyMs });
