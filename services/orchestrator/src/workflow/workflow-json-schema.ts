import { z } from 'zod';

import { WorkflowFile } from './file/workflow.schema.js';

/** The schema of workflow files for editors: `schemas/workflow.schema.json`. */
export const workflowJsonSchema = (): string => {
  const { $schema, ...schema } = z.toJSONSchema(WorkflowFile, { io: 'input', unrepresentable: 'any' });
  return `${JSON.stringify({ $schema, title: 'Baton workflow', ...schema }, null, 2)}\n`;
};
