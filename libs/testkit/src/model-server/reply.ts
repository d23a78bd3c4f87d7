import type { ModelRequest } from './model-request.js';
import type { ScriptedToolCall, Step } from './steps.js';

/** An answer before it is put into a vendor's words. */
export interface Reply {
  readonly text: string;
  /** Arguments as the text that travels. */
  readonly calls: readonly { readonly name: string; readonly args: string }[];
  readonly stop: 'stop' | 'length' | 'refusal' | 'tools';
  readonly usage: { readonly input: number; readonly output: number };
}

const TOKEN_CHARACTERS = 4;
const tokens = (text: string): number => Math.ceil(text.length / TOKEN_CHARACTERS);

/** What a step says; undefined for a step that breaks the call instead. */
export const replyOf = (step: Step, request: ModelRequest): Reply | undefined => {
  const answer = (text: string, calls: Reply['calls'], stop: Reply['stop']): Reply => ({
    text,
    calls,
    stop,
    usage: {
      input: tokens(request.prompt),
      output: tokens(text) + calls.reduce((sum, call) => sum + tokens(call.args), 0),
    },
  });
  switch (step.kind) {
    case 'say':
      return answer(step.text, [], step.stop ?? 'stop');
    case 'paced':
      return answer(step.text, [], 'stop');
    case 'json':
      return structured(step.value, request, answer);
    case 'tools':
      return answer(step.text ?? '', step.calls.map(onTheWire), 'tools');
    case 'malformed-arguments':
      return answer(
        '',
        [{ name: onTheWire({ name: step.name, args: null }).name, args: '{"order_id": ' }],
        'tools',
      );
    default:
      return undefined;
  }
};

/** Tool names carry no dots on either wire. */
const onTheWire = (call: ScriptedToolCall): { name: string; args: string } => ({
  name: call.name.replaceAll('.', '__'),
  args: JSON.stringify(call.args),
});

/** By the vendor's own way: a JSON text for OpenAI, the forced tool for Anthropic. */
const structured = (
  value: unknown,
  request: ModelRequest,
  answer: (text: string, calls: Reply['calls'], stop: Reply['stop']) => Reply,
): Reply => {
  const text = JSON.stringify(value);
  if (request.api === 'openai') return answer(text, [], 'stop');
  const forced = (request.body['tool_choice'] as { name?: string } | undefined)?.name;
  return forced === undefined
    ? answer(text, [], 'stop')
    : answer('', [{ name: forced, args: text }], 'tools');
};
