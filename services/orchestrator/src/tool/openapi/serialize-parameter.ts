import { isObject } from '../source/foreign-schema.js';

export type ParameterPlace = 'path' | 'query' | 'header' | 'cookie';

export interface Parameter {
  /** As its API calls it. */
  readonly name: string;
  /** As the tool calls it. */
  readonly argument: string;
  readonly place: ParameterPlace;
  /** OpenAPI's `style`, or `json` where the parameter is a piece of JSON. */
  readonly style: string;
  readonly explode: boolean;
  /** Whether reserved characters such as `:/?,` go as they are; in the query only. */
  readonly allowReserved: boolean;
}

type Pair = readonly [string, string];

/** A parameter of the path, by OpenAPI's table of styles. */
export const inPath = (parameter: Parameter, value: unknown): string => {
  const { name, style, explode } = parameter;
  const code = coder(parameter);
  if (style === 'json') return code(JSON.stringify(value));
  const prefix = style === 'label' ? '.' : style === 'matrix' ? ';' : '';
  if (Array.isArray(value)) {
    const parts = value.map((part) => code(scalar(part)));
    if (style === 'matrix')
      return explode ? parts.map((part) => `;${name}=${part}`).join('') : `;${name}=${parts.join(',')}`;
    return prefix + parts.join(style === 'label' && explode ? '.' : ',');
  }
  if (isObject(value)) {
    const pairs = pairsOf(value).map(([key, part]) => [code(key), code(part)] as const);
    if (explode)
      return (style === 'simple' ? '' : prefix) + pairs.map(joined).join(style === 'simple' ? ',' : prefix);
    const flat = pairs.flat().join(',');
    return style === 'matrix' ? `;${name}=${flat}` : prefix + flat;
  }
  return style === 'matrix' ? `;${name}=${code(scalar(value))}` : prefix + code(scalar(value));
};

/** A parameter of the query: names and values, encoded already. */
export const inQuery = (parameter: Parameter, value: unknown): Pair[] => {
  const { name, style, explode } = parameter;
  const code = coder(parameter);
  const key = encodeURIComponent(name);
  if (style === 'json') return [[key, code(JSON.stringify(value))]];
  if (Array.isArray(value)) {
    const parts = value.map((part) => code(scalar(part)));
    if (explode) return parts.map((part) => [key, part]);
    return parts.length === 0 ? [] : [[key, parts.join(SEPARATORS[style] ?? ',')]];
  }
  if (isObject(value)) {
    const pairs = pairsOf(value).map(([part, text]) => [encodeURIComponent(part), code(text)] as const);
    if (style === 'deepObject') return pairs.map(([part, text]) => [`${key}%5B${part}%5D`, text] as const);
    if (explode) return pairs;
    return pairs.length === 0 ? [] : [[key, pairs.flat().join(SEPARATORS[style] ?? ',')]];
  }
  return [[key, code(scalar(value))]];
};

/** A header's value. */
export const inHeader = ({ style, explode }: Parameter, value: unknown): string => {
  if (style === 'json') return JSON.stringify(value);
  if (Array.isArray(value)) return value.map(scalar).join(',');
  if (!isObject(value)) return scalar(value);
  return (explode ? pairsOf(value).map(joined) : pairsOf(value).flat()).join(',');
};

/** What stands between the values of one name. */
const SEPARATORS: Readonly<Record<string, string>> = { spaceDelimited: '%20', pipeDelimited: '%7C' };

/** Those of RFC 3986 that can't end the value they stand in: not `#`, `&`, `=` and `+`. */
const RESERVED = /%(3A|2F|3F|5B|5D|40|21|24|27|28|29|2A|2C|3B)/g;

const coder =
  ({ allowReserved }: Parameter) =>
  (text: string): string => {
    const encoded = encodeURIComponent(text);
    return allowReserved ? encoded.replaceAll(RESERVED, (code) => decodeURIComponent(code)) : encoded;
  };

const pairsOf = (value: Readonly<Record<string, unknown>>): Pair[] =>
  Object.entries(value).map(([key, part]) => [key, scalar(part)]);

const joined = ([key, text]: Pair): string => `${key}=${text}`;

const scalar = (value: unknown): string =>
  typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value);
