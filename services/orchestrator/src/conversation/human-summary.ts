import type { MessageView } from '@baton/contracts';

const LONGEST_LINE = 280;
const LONGEST_SUMMARY = 4000;

/**
 * What happened while a human had the conversation, told plainly for the AI that takes it back: who said what,
 * each line cut, the latest kept. Null where the human wrote nothing.
 */
export const summariseHumanStretch = (messages: readonly MessageView[], epoch: number): string | null => {
  const first = messages.findIndex(
    (message) => message.role === 'human_agent' && message.owner_epoch === epoch,
  );
  if (first === -1) return null;
  const lines = messages
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
