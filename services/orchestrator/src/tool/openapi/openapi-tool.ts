import { type OutboundAnswer, type OutboundGuard } from '@baton/service';
import { BatonError } from '@baton/contracts';

import { asToolError } from '../outbound/as-tool-error.js';
import { follow } from '../outbound/follow.js';
import { readableBody } from '../outbound/readable-body.js';
import type { Credential, Credentials } from '../source/credentials.js';
import { redact } from '../source/redact.js';
import type { OpenApiSourceFile } from '../source/source-file.schema.js';
import { nameIn } from '../source/tool-naming.js';
import { idempotencyOf, type Tool, type ToolArguments, type ToolContext, ToolError } from '../tool.js';
import { idempotencyOfMethod, type Operation, riskOf } from './operation.js';
import { operationRequest } from './operation-request.js';

const LONGEST_EXCUSE = 2000;

export interface OperationPorts {
  readonly guard: OutboundGuard;
  readonly credentials: Credentials;
}

/** An operation of an API as a tool. */
export const openApiTool = (
  operation: Operation,
  server: string,
  file: OpenApiSourceFile,
  ports: OperationPorts,
): Tool => {
  const settings = file.tools[operation.name] ?? {};
  const host = new URL(server).host;
  const tool: Tool = {
    name: nameIn(file.source, operation.name),
    description: settings.description ?? operation.description,
    source: 'http',
    inputSchema: operation.inputSchema,
    riskTier: settings.risk ?? riskOf(operation.method),
    timeoutMs: settings.timeout ?? file.timeout,
    idempotency: settings.idempotency ?? idempotencyOfMethod(operation.method),
    sees: [],
    dependency: () => host,
    isConnected: (tenantId) => ports.credentials.isConnected(tenantId),
    run: async (args, context) => {
      const { answer, credential } = await send(operation, server, args, context, ports);
      const { status, truncated } = answer;
      const body = redact(readableBody(answer), credential.secrets);
      if (status >= 400) throw failure(tool, operation, args, status, body);
      return { status, body, ...(truncated && { truncated }) };
    },
  };
  return tool;
};

const send = async (
  operation: Operation,
  server: string,
  args: ToolArguments,
  context: ToolContext,
  { guard, credentials }: OperationPorts,
): Promise<{ readonly answer: OutboundAnswer; readonly credential: Credential }> => {
  const { tenantId, signal, idempotencyKey } = context;
  const once = async (credential: Credential): Promise<OutboundAnswer> => {
    const { url, request } = await operationRequest(operation, server, args, credential, idempotencyKey);
    return follow(guard, url, request, signal).catch(asToolError(operation.method));
  };
  const credential = await credentials.get({ tenantId, signal });
  const answer = await once(credential);
  if (answer.status !== 401 || !credential.token) return { answer, credential };
  // A token that was revoked before its time: nothing was done, and another may do.
  const another = await credentials.get({ tenantId, signal, rejected: credential.token });
  return { answer: await once(another), credential: another };
};

/** A refusal is a tool's own no; of an error on their side nobody knows whether it was done, unless it only read. */
const failure = (
  tool: Tool,
  { title }: Operation,
  args: ToolArguments,
  status: number,
  body: unknown,
): Error => {
  const said = typeof body === 'string' ? body : JSON.stringify(body);
  const message = `${title} answered ${status}: ${said.slice(0, LONGEST_EXCUSE).toWellFormed()}`;
  if (status < 500) return new ToolError(`http-${status}`, message, status === 429);
  const policy = idempotencyOf(tool, args);
  if (policy === 'safe') return new ToolError(`http-${status}`, message, true);
  return policy === 'key' ? new BatonError('unavailable', message) : new Error(message);
};
