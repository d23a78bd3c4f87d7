/** The owner of what came from the folder. */
export const EVERY_TENANT = '*';

/** One version of a workflow, as it is kept. */
export interface StoredWorkflow {
  readonly tenant_id: string;
  readonly name: string;
  readonly version: number;
  readonly digest: string;
  readonly description: string | null;
  readonly yaml: string;
}

/** A workflow that was read and found good. */
export interface WorkflowContent {
  readonly name: string;
  readonly digest: string;
  readonly description: string | null;
  readonly yaml: string;
}
