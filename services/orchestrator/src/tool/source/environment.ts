import { ToolError } from '../tool.js';

/** Variables that were set; an empty one is an unset one. */
export type Environment = Readonly<Record<string, string | undefined>>;

export const isSet = (environment: Environment, name: string): boolean => (environment[name] ?? '') !== '';

/** @throws ToolError `not-configured` where the variable is not set */
export const secretOf = (environment: Environment, name: string): string => {
  const value = environment[name] ?? '';
  if (value === '') throw new ToolError('not-configured', `${name}, which this tool needs, is not set`);
  return value;
};
