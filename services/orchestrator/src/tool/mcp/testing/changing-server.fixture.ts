/** An MCP server on standard streams whose tools come in pages, change, hang, and end the process. Run by node itself. */
import { Server } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';

const PAGE = 2;
const anything = { type: 'object' as const };
const tools = [
  { name: 'add_tool', inputSchema: { type: 'object' as const, properties: { name: { type: 'string' } } } },
  { name: 'crash', inputSchema: anything },
  { name: 'hang', inputSchema: anything },
  { name: 'whoami', inputSchema: anything, annotations: { readOnlyHint: true } },
  { name: 'delete.all', inputSchema: anything, annotations: { destructiveHint: true } },
  { name: 'delete/all', inputSchema: anything },
  { name: 'list', inputSchema: { type: 'object' as const, $ref: '#/nowhere' } },
];
let cancelled = 0;

const server = new Server(
  { name: 'changing', version: '1' },
  { capabilities: { tools: { listChanged: true } } },
);

server.setRequestHandler('tools/list', ({ params }) => {
  const from = Number(params?.cursor ?? 0);
  const next = from + PAGE;
  return {
    tools: tools.slice(from, next),
    ...(next < tools.length && { nextCursor: String(next) }),
  };
});

server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
  const { name, arguments: args = {}, _meta } = params;
  if (name === 'crash') process.exit(1);
  if (name === 'hang') {
    await new Promise((resolve) => mcpReq.signal.addEventListener('abort', resolve));
    cancelled += 1;
  }
  if (name === 'add_tool') {
    tools.push({ name: String(args['name']), inputSchema: anything });
    await server.sendToolListChanged();
  }
  const seen = { pid: process.pid, cancelled, env: { ...process.env }, meta: _meta ?? {} };
  return { content: [{ type: 'text', text: JSON.stringify(seen) }], structuredContent: seen };
});

await server.connect(new StdioServerTransport());
