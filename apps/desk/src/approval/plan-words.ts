import { visibleText } from './visible-text.js';

/** `order_id` → `Order id`; `orderId` too. */
export const wordsOfName = (name: string): string => {
  const words = visibleText(name)
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .split(/[\s._-]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase())
    .join(' ');
  return words === '' ? name : words.slice(0, 1).toUpperCase() + words.slice(1);
};

/** `orders.refund` → `Refund (orders)`: said by the desk, whatever the model calls it. */
export const titleOfTool = (tool: string): string => {
  const at = tool.lastIndexOf('.');
  if (at < 0) return wordsOfName(tool);
  const group = wordsOfName(tool.slice(0, at)).toLowerCase();
  return `${wordsOfName(tool.slice(at + 1))} (${group})`;
};

export interface ArgumentLine {
  readonly name: string;
  readonly label: string;
  readonly kind: 'text' | 'number' | 'flag' | 'none' | 'json';
  /** As it is: a text keeps its white space, a number its digits; what would draw nothing is named. */
  readonly value: string;
}

/** The arguments, each by its name and in its own type; what is no object is one line without a name. */
export const linesOfArguments = (args: unknown): readonly ArgumentLine[] => {
  if (typeof args === 'object' && args !== null && !Array.isArray(args))
    return Object.entries(args).map(([name, value]) => ({ name, label: wordsOfName(name), ...shown(value) }));
  return args === null || args === undefined ? [] : [{ name: '', label: '', ...shown(args) }];
};

/** A value as people read it. */
export const shown = (value: unknown): Pick<ArgumentLine, 'kind' | 'value'> => {
  if (value === null || value === undefined) return { kind: 'none', value: '–' };
  if (typeof value === 'string') return { kind: 'text', value: visibleText(value) };
  if (typeof value === 'number') return { kind: 'number', value: String(value) };
  if (typeof value === 'boolean') return { kind: 'flag', value: String(value) };
  return { kind: 'json', value: visibleText(JSON.stringify(value, null, 2)) };
};

/** How long until then: `1:05`, `59:30`, `3 h`, `4 d`; never below nothing. */
export const timeLeft = (ms: number): string => {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return seconds < 48 * 3600 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
};

/** `steps[0].args.amount` → `Amount`; which step is said where there are several. */
export const wordsOfPath = (path: string): { readonly step: number | null; readonly what: string } => {
  const found = /^steps\[(\d+)\]\.?(?:args\.?)?(.*)$/.exec(path);
  const what = found?.[2] ?? path;
  return { step: found ? Number(found[1]) + 1 : null, what: what === '' ? path : wordsOfName(what) };
};
