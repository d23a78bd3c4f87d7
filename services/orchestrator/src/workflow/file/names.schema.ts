import { z } from 'zod';

import { BUILTIN_TOOL_NAMES } from '../../tool/builtin/builtin-tool-names.js';

/** The key of a node. */
export const NodeId = z
  .string()
  .regex(/^[A-Za-z_]\w*$/, 'must be a name: letters, digits and _, no digit first');

/** JSONata; the loader parses it. Longer ones belong into a transform or two. */
export const ExpressionText = z
  .string({ error: 'must be an expression' })
  .max(8192, 'must be at most 8192 characters')
  .refine((text) => text.trim() !== '', 'must be an expression');

/** Text with `{{ expression }}` in it. */
export const TemplateText = z
  .string({ error: 'must be text' })
  .max(65_536, 'must be at most 65536 characters');

/** Any YAML value; its strings are templates. */
export const ValueTree = z.unknown();

/** JSON Schema (draft 2020-12); the loader compiles it. */
export const JsonSchema = z.record(z.string(), z.unknown(), { error: 'must be a JSON Schema' });

/** A tier or `provider/model`; the loader knows which there are. */
export const ModelName = z.string({ error: 'must be a tier or provider/model' }).min(1).max(200);
export const ToolName = z
  .string({ error: 'must be the name of a tool' })
  .min(1)
  .max(200)
  .meta({ examples: [...BUILTIN_TOOL_NAMES] });
