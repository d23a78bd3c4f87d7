import type { OutboundAnswer } from '@baton/service';

/** What came: JSON as it is, text, or a word about what is neither. */
export const readableBody = ({ body, headers, truncated }: OutboundAnswer): unknown => {
  const text = body.toString('utf8');
  if (text.includes('\u0000')) return `(${body.length} bytes that are no text)`;
  if (truncated || !/[/+]json\b/i.test(headers['content-type'] ?? '')) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // It says JSON and is none: the text is all there is.
    return text;
  }
};
