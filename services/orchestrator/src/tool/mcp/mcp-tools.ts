import { RISK_TIERS, type RiskTier } from '@baton/contracts';
import { ProtocolError, type Tool as McpTool } from '@modelcontextprotocol/client';

import { foreignSchema } from '../source/foreign-schema.js';
import type { McpSourceFile } from '../source/source-file.schema.js';
import { describedAs, isChosen, nameIn, ownName } from '../source/tool-naming.js';
import { redact } from '../source/redact.js';
import { type Tool, type ToolContext, ToolError } from '../tool.js';
import { resultOf } from './mcp-result.js';
import type { McpSession } from './mcp-session.js';

/** With whom a tool is called, and what of us its server knows that must not come back. */
export interface McpPeer {
  readonly session: McpSession;
  readonly secrets: () => readonly string[];
  /** @throws ReconnectNeededError where its tenant has to connect first */
  authorize(context: ToolContext): Promise<void>;
  isConnected(tenantId: string): Promise<boolean>;
}

/** What a server lists as our tools. What can't be used is told and left out, the rest is there. */
export const mcpTools = (
  listed: readonly McpTool[],
  file: McpSourceFile,
  peer: McpPeer,
  refused: (tool: string, why: string) => void,
): Tool[] => {
  const tools = new Map<string, Tool>();
  for (const each of listed) {
    const name = ownName(each.name);
    if (!isChosen(name, file)) continue;
    try {
      if (name === '') throw new Error('its name has no letter or digit');
      if (tools.has(name)) throw new Error('another tool of this server is called the same');
      tools.set(name, mcpTool(each, name, file, peer));
    } catch (error) {
      refused(each.name, (error as Error).message);
    }
  }
  return [...tools.values()];
};

const mcpTool = (listed: McpTool, name: string, file: McpSourceFile, peer: McpPeer): Tool => {
  const settings = file.tools[name] ?? {};
  const timeoutMs = settings.timeout ?? file.timeout;
  return {
    name: nameIn(file.source, name),
    description: settings.description ?? describedAs(listed.title, listed.description),
    source: 'mcp',
    inputSchema: foreignSchema(listed.inputSchema, { withoutPatterns: true }),
    riskTier: raised(settings.risk ?? file.risk, listed.annotations),
    timeoutMs,
    // What a server says of itself makes us no less careful: only the file can say that a call may be repeated.
    idempotency: settings.idempotency ?? 'unknown',
    sees: [],
    isConnected: (tenantId) => peer.isConnected(tenantId),
    run: async (args, context) => {
      const { idempotencyKey, signal } = context;
      // Before the session, whose errors would hide why.
      await peer.authorize(context);
      const call = { name: listed.name, args, idempotencyKey, timeoutMs, signal };
      const result = await peer.session.call(call).catch((error: unknown) => {
        // The server looked at the call and refused it: nothing was done.
        if (error instanceof ProtocolError)
          throw new ToolError('mcp-error', redact(error.message, peer.secrets()));
        throw error;
      });
      return resultOf(redact(result, peer.secrets()));
    },
  };
};

type Annotations = McpTool['annotations'];

/** Annotations are a stranger's word: they make a tool riskier, never less risky. */
export const raised = (tier: RiskTier, annotations: Annotations): RiskTier => {
  if (annotations?.destructiveHint === true) return higher(tier, 'HIGH');
  return annotations?.readOnlyHint === false ? higher(tier, 'MEDIUM') : tier;
};

const higher = (a: RiskTier, b: RiskTier): RiskTier =>
  RISK_TIERS.indexOf(a) >= RISK_TIERS.indexOf(b) ? a : b;
