import type { FieldError } from '@baton/contracts';

import { argumentFaults } from './tool-schema.js';
import type { Tool, ToolArguments } from './tool.js';

export type CheckedArguments =
  | { readonly ok: ToolArguments; readonly problem?: undefined; readonly errors?: undefined }
  | {
      readonly ok?: undefined;
      /** In words from which a model can learn. */
      readonly problem: string;
      /** Each fault, its path below `args`. */
      readonly errors: readonly FieldError[];
    };

const MOST_PROBLEMS_TOLD = 5;

/** Arguments held against the tool's schema. What does not fit is refused in words from which a model can learn. */
export const checkArguments = (tool: Pick<Tool, 'name' | 'inputSchema'>, args: unknown): CheckedArguments => {
  if (!isObject(args))
    return {
      problem: `The arguments of ${tool.name} must be a JSON object`,
      errors: [{ path: 'args', message: 'must be a JSON object' }],
    };
  const faults = argumentFaults(tool.inputSchema, args);
  if (faults.length === 0) return { ok: args };
  const told = faults.slice(0, MOST_PROBLEMS_TOLD).map(inWords);
  return {
    problem: `The arguments of ${tool.name} do not fit: ${told.join('; ')}`,
    errors: faults.map(({ path, message }) => ({ path: path === '' ? 'args' : `args.${path}`, message })),
  };
};

const inWords = ({ path, message }: FieldError): string => (path === '' ? message : `${path} ${message}`);

const isObject = (value: unknown): value is ToolArguments =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
