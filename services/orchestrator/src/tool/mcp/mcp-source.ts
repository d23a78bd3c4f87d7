import type { Tool as McpTool } from '@modelcontextprotocol/client';

import { isReconnectNeeded } from '../../connection/reconnect-needed.error.js';
import { credentialsOf } from '../source/credentials.js';
import type { McpSourceFile } from '../source/source-file.schema.js';
import type { SourcePorts } from '../source/source-ports.js';
import type { Tool, ToolContext } from '../tool.js';
import { servesOf, standInTool, type ToolSource } from '../tool-source.js';
import { McpSession } from './mcp-session.js';
import { mcpTools } from './mcp-tools.js';
import { httpTransport, stdioTransport } from './mcp-transport.js';

/** Whose session it is where every tenant shares one. */
const EVERYBODY = '';
/** Tenants whose sessions are kept open; who was idle longest is connected again when they come back. */
const MOST_SESSIONS = 100;

interface TenantSession {
  readonly session: McpSession;
  tools: readonly Tool[];
}

/** The tools of an MCP server. Where it takes a tenant's connection, each tenant has a session of its own. */
export const mcpSource = (file: McpSourceFile, folder: string, ports: SourcePorts): ToolSource => {
  const sessions = new Map<string, TenantSession>();
  const credentials = credentialsOf(file.auth, ports.environment, ports.connections);
  const ownerOf = (tenantId: string): string => (credentials.isPerTenant ? tenantId : EVERYBODY);

  const open = (owner: string): TenantSession => {
    let secrets: readonly string[] = [];
    const transport = () => {
      if (file.url === undefined) {
        const program = stdioTransport(file, folder, ports.environment);
        secrets = program.secrets;
        return program.transport;
      }
      const onSecrets = (sent: readonly string[]): void => {
        secrets = [...new Set([...sent, ...secrets])].slice(0, 4);
      };
      return httpTransport({ url: file.url, tenantId: owner, guard: ports.guard, credentials, onSecrets });
    };
    const session = new McpSession(async () => Promise.resolve().then(transport), {
      trouble: (error) => {
        // A tenant that is not connected is no trouble of the server's.
        if (!isReconnectNeeded(error)) ports.observer.trouble(file.source, error);
      },
      ready: (listed: readonly McpTool[]) => {
        entry.tools = mcpTools(listed, file, peer, (tool, why) =>
          ports.observer.toolRefused(file.source, tool, why),
        );
        ports.observer.ready(file.source, entry.tools.length);
      },
    });
    const peer = {
      session,
      secrets: () => secrets,
      authorize: async (context: ToolContext) => void (await credentials.get(context)),
      isConnected: async (tenantId: string) =>
        session.isConnected && (await credentials.isConnected(tenantId)),
    };
    const entry: TenantSession = { session, tools: [] };
    return entry;
  };

  const sessionOf = (tenantId: string): TenantSession => {
    const owner = ownerOf(tenantId);
    const known = sessions.get(owner) ?? open(owner);
    // The latest used stands last.
    sessions.delete(owner);
    sessions.set(owner, known);
    if (sessions.size > MOST_SESSIONS) {
      const [idle, idleSession] = [...sessions][0] as [string, TenantSession];
      sessions.delete(idle);
      void idleSession.session.close();
    }
    return known;
  };

  // A server that everybody shares is connected to before anybody asks.
  if (!credentials.isPerTenant) void sessionOf(EVERYBODY).session.list();

  return {
    name: file.source,
    serves: servesOf(file),
    tools: async (tenantId) => {
      const entry = sessionOf(tenantId);
      await entry.session.list();
      return entry.tools;
    },
    mayHave: (name) => {
      const shared = sessions.get(EVERYBODY);
      return shared?.session.latest === undefined || shared.tools.some((tool) => tool.name === name);
    },
    standIn: (name, tenantId) =>
      sessionOf(tenantId).session.latest === undefined
        ? // A tenant that is not connected hears that, and not that the server is silent.
          standInTool(name, file, 'mcp', (context) => credentials.get(context))
        : undefined,
    close: async () => {
      await Promise.all([...sessions.values()].map(({ session }) => session.close()));
    },
  };
};
