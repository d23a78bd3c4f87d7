import { type BusRequest, HandleRequest } from '@baton/bus';
import { type AnswerOf, workflowRequests as requests, type WorkflowView } from '@baton/contracts';
import { Controller } from '@nestjs/common';

import { decodeCursor, encodeCursor } from '../conversation/cursor.js';
import { agentTypes } from '../agent/agents.js';
import { ChosenSandbox } from '../sandbox/chosen-sandbox.js';
import { ToolRegistry } from '../tool/tool-registry.js';
import { EVERY_TENANT, type StoredWorkflow } from './stored-workflow.js';
import { WorkflowRegistry } from './workflow.registry.js';

type Request<K extends keyof typeof requests> = BusRequest<(typeof requests)[K]>;
type Answer<K extends keyof typeof requests> = Promise<AnswerOf<(typeof requests)[K]>>;

/** The door to the workflow registry, and to what a workflow may name. */
@Controller()
export class WorkflowController {
  constructor(
    private readonly registry: WorkflowRegistry,
    private readonly tools: ToolRegistry,
    private readonly sandbox: ChosenSandbox,
  ) {}

  @HandleRequest(requests.validate)
  async validate({ body }: Request<'validate'>): Answer<'validate'> {
    const errors = this.registry.validate(body.yaml);
    return Promise.resolve({ valid: errors.length === 0, errors });
  }

  @HandleRequest(requests.put)
  async put({ ctx, body }: Request<'put'>): Answer<'put'> {
    return view(await this.registry.put(ctx.tenant_id, body.name, body.yaml));
  }

  @HandleRequest(requests.get)
  async get({ ctx, body }: Request<'get'>): Answer<'get'> {
    const stored = await this.registry.stored(ctx.tenant_id, body.name, body.version);
    return { ...view(stored), yaml: stored.yaml };
  }

  @HandleRequest(requests.list)
  async list({ ctx, body }: Request<'list'>): Answer<'list'> {
    const [after] = decodeCursor(body.cursor, 1);
    const found = await this.registry.list(ctx.tenant_id, after, body.limit + 1);
    return pageOf(found, body.limit, (workflow) => workflow.name, view);
  }

  @HandleRequest(requests.delete)
  async delete({ ctx, body }: Request<'delete'>): Answer<'delete'> {
    await this.registry.delete(ctx.tenant_id, body.name);
    return null;
  }

  @HandleRequest(requests.listAgents)
  async listAgents({ body }: Request<'listAgents'>): Answer<'listAgents'> {
    return pageBehind(body, agentTypes(await this.sandbox.choice()), (agent) => agent.type);
  }

  @HandleRequest(requests.listTools)
  async listTools({ ctx, body }: Request<'listTools'>): Answer<'listTools'> {
    return pageBehind(body, await this.tools.list(ctx.tenant_id), (tool) => tool.name);
  }
}

const view = ({ tenant_id, name, version, digest, description }: StoredWorkflow): WorkflowView => ({
  name,
  version,
  digest,
  description,
  source: tenant_id === EVERY_TENANT ? 'builtin' : 'tenant',
});

/** A page of what is all at hand, by name. */
const pageBehind = <T>(
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  all: readonly T[],
  keyOf: (item: T) => string,
) => {
  const [after] = decodeCursor(cursor, 1);
  const found = all
    .filter((item) => after === undefined || keyOf(item) > after)
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return pageOf(found, limit, keyOf, (item) => item);
};

/** `found` holds one more than the page where there is more. */
const pageOf = <T, V>(
  found: readonly T[],
  limit: number,
  keyOf: (item: T) => string,
  show: (item: T) => V,
): { readonly items: readonly V[]; readonly next_cursor: string | null } => {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(show),
    next_cursor: found.length > limit && last !== undefined ? encodeCursor([keyOf(last)]) : null,
  };
};
