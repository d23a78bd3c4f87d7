/** What sections of a prompt are called. */
const TAGS = [
  'task',
  'team_guidance',
  'consultation',
  'human_stretch',
  'summary',
  'memories',
  'customer',
  'recent_messages',
  'tool_result',
  'planned_action',
  'risk_assessment',
  'own_work',
] as const;
export type PromptTag = (typeof TAGS)[number];

const ANY_TAG = new RegExp(`<(?=\\s*/?\\s*(?:${TAGS.join('|')})\\b)`, 'gi');

/** A section of a prompt. Its text can't close it, nor open another. */
export const section = (tag: PromptTag, text: string, label = ''): string =>
  `<${tag}${label === '' ? '' : ` name="${label.replace(/[^\w.-]/g, '_')}"`}>\n${text.replace(ANY_TAG, '‹')}\n</${tag}>`;
