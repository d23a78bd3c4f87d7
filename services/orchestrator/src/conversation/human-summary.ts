import type { MessageView } from '@baton/contracts';

const LONGEST_LINE = 280;
const LONGEST_SUMMARY = 4000;

/** Stands for the stretch of a person who wrote nothing: even so the AI begins behind it. */
export const NOTHING_WRITTEN = 'A person of our team had the conversation and wrote nothing to the customer.';

/**
 * What happened while people had the conversation, told plainly for the AI that takes it back: who said what, each
 * line cut, the latest kept. The stretch begins with the first person's word behind the AI's last, whoever had it since.
 */
export const summariseHumanStretch = (messages: readonly MessageView[]): string => {
  const lastOfAi = messages.findLastIndex((message) => message.role === 'assistant');
  const sinceAi = messages.slice(lastOfAi + 1);
  const first = sinceAi.findIndex((message) => message.role === 'human_agent');
  if (first === -1) return NOTHING_WRITTEN;
  const lines = sinceAi
    .slice(first)
    .filter((message) => message.role === 'human_agent' || message.role === 'user')
    .map((message) => `${message.role === 'user' ? 'Customer' : 'Human agent'}: ${cut(message.content)}`);
  while (lines.length > 1 && lines.join('\n').length > LONGEST_SUMMARY) lines.shift();
  return lines.join('\n');
};

const cut = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE - 1)}…`;
};
