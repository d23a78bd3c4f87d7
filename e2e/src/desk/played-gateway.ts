import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

import { type WebSocket, WebSocketServer } from 'ws';

/** As the gateway sends it with the desk (services/gateway/src/pages): nothing inline runs or styles. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const DESK = join(import.meta.dirname, '../../../apps/desk/dist');

export interface PlayedEvent {
  readonly type: string;
  readonly data: Record<string, unknown>;
  readonly actor?: { readonly type: string; readonly id: string };
}

type Json = Record<string, unknown>;

/**
 * A gateway that says what a test has it say: so many conversations, messages and strange words as no real system comes to in a
 * test's time. What it says has the shape of the real one's answers; the stories are played on the real one.
 */
export class PlayedGateway {
  /** By conversation; a page of the list has all of them. */
  readonly conversations = new Map<string, Json>();
  readonly logs = new Map<string, Json[]>();
  offers: Json[] = [];
  queue: Json[] = [];
  agents: Json[] = [];
  memory: Json = { summary: null, summarized_through_turn: 0, memories: [] };
  summary: Json = {};
  /** What of the calls a test plays itself; undefined leaves a call to this gateway. */
  played: (method: string, url: URL, body: Json) => Json | undefined = () => undefined;
  /** By consultation, who listens. */
  readonly consulting = new Map<string, Set<WebSocket>>();
  private readonly listening = new Map<string, Set<ServerResponse>>();
  private readonly sockets = new Set<WebSocket>();
  private cursor = 0;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<PlayedGateway> {
    const server = createServer();
    const gateway = new PlayedGateway(server);
    server.on('request', (request, response) => {
      gateway.answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket, { url = '' }) => {
      const consultation = /^\/ws\/consultation\/([^?]+)/.exec(url)?.[1];
      if (consultation !== undefined) return gateway.addConsulting(consultation, socket);
      gateway.sockets.add(socket);
      socket.on('close', () => gateway.sockets.delete(socket));
      socket.on('message', () => socket.send('{"type":"pong"}'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get isListenedTo(): boolean {
    return this.sockets.size > 0;
  }

  /** A token that looks like one; nobody checks it here. */
  static tokenOf(agentId: string): string {
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const exp = Math.floor(Date.now() / 1000) + 36_000;
    return `${part({ typ: 'baton-staff+jwt' })}.${part({ sub: agentId, exp })}.played`;
  }

  addAgent(agentId: string, more: Json = {}): void {
    const agent = {
      agent_id: agentId,
      name: agentId,
      email: null,
      role: 'agent',
      skills: {},
      max_concurrent: 5,
    };
    this.agents.push({ ...agent, status: 'ONLINE', active_count: 1, ...more });
  }

  addConversation(id: string, more: Json = {}): void {
    const now = new Date().toISOString();
    this.conversations.set(id, {
      conversation_id: id,
      state: 'HUMAN_ACTIVE',
      is_hil: true,
      hil_reason: 'explicit_request',
      owner: 'ana',
      owner_epoch: 2,
      assigned_agent_id: 'ana',
      handover_context: null,
      customer: { id: `cust_${id}`, name: `Customer ${id}` },
      workflow: { name: 'customer_support', version: 1 },
      version: 1,
      turn_count: 1,
      usage: { input_tokens: 1, output_tokens: 1, cost_usd: '0.01' },
      created_at: now,
      updated_at: now,
      ...more,
    });
  }

  /** Writes into a conversation's log; who follows it hears of it. */
  append(id: string, ...events: readonly PlayedEvent[]): void {
    const log = this.logs.get(id) ?? [];
    this.logs.set(id, log);
    for (const event of events) {
      const told = {
        version: log.length + 1,
        actor: { type: 'customer', id: 'c' },
        owner: 'ana',
        owner_epoch: 2,
        occurred_at: new Date().toISOString(),
        ...event,
      };
      log.push(told);
      for (const response of this.listening.get(id) ?? []) response.write(sse(told));
    }
  }

  /** Tells all desks. */
  notify(type: string, data: Json): void {
    this.cursor += 1;
    for (const socket of this.sockets)
      socket.send(JSON.stringify({ id: `played-${this.cursor}`, type, data }));
  }

  /** Tells all who listen to a consultation. */
  tellConsultation(id: string, said: Json): void {
    for (const socket of this.consulting.get(id) ?? []) socket.send(JSON.stringify(said));
  }

  private addConsulting(id: string, socket: WebSocket): void {
    const all = this.consulting.get(id) ?? new Set();
    this.consulting.set(id, all.add(socket));
    socket.on('close', () => all.delete(socket));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://played');
    if (url.pathname.startsWith('/desk')) return sendFile(url.pathname, response);
    if (request.method === 'GET' && url.pathname.endsWith('/events'))
      return this.follow(url, request, response);
    const method = request.method ?? 'GET';
    const body = this.played(method, url, await bodyOf(request)) ?? this.resource(method, url);
    const status = body === undefined ? 404 : typeof body['status'] === 'number' ? body['status'] : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(body ?? { type: 'urn:baton:problem:not-found', status: 404, title: 'Not found' }),
    );
  }

  private resource(method: string, { pathname, searchParams }: URL): Json | undefined {
    const [, , , kind = '', id, part] = pathname.split('/').map(decodeURIComponent);
    const list = (items: readonly Json[]): Json => ({ items, next_cursor: null });
    if (kind === 'ws-tickets') return { ticket: 'played' };
    if (method !== 'GET') return {};
    if (kind === 'human-agents')
      return id === undefined ? list(this.agents) : this.agents.find(({ agent_id }) => agent_id === id);
    if (kind === 'offers') return list(this.offers);
    if (kind === 'queue') return list(this.queue);
    if (kind === 'approvals' || kind === 'tools') return list([]);
    if (kind === 'analytics') return this.summary;
    if (kind !== 'conversations') return undefined;
    if (part === 'memory') return this.memory;
    if (id !== undefined) return this.conversations.get(id);
    const state = searchParams.get('state');
    const customer = searchParams.get('customer_id');
    const isAsked = (each: Json): boolean =>
      (state === null || each['state'] === state) &&
      (customer === null || (each['customer'] as Json)['id'] === customer);
    return list([...this.conversations.values()].filter(isAsked));
  }

  private follow({ pathname }: URL, request: IncomingMessage, response: ServerResponse): void {
    const id = decodeURIComponent(pathname.split('/')[4] ?? '');
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.flushHeaders();
    const after = Number(request.headers['last-event-id'] ?? 0);
    for (const event of (this.logs.get(id) ?? []).slice(after)) response.write(sse(event));
    const listening = this.listening.get(id) ?? new Set();
    this.listening.set(id, listening.add(response));
    response.on('close', () => listening.delete(response));
  }
}

const bodyOf = async (request: IncomingMessage): Promise<Json> => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? {} : (JSON.parse(text) as Json);
};

const sse = (event: Json): string =>
  `id: ${String(event['version'])}\nevent: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`;

const sendFile = async (path: string, response: ServerResponse): Promise<void> => {
  const name = extname(path) === '' ? 'index.html' : path.replace(/^\/desk\//, '');
  const content = await readFile(join(DESK, name)).catch(() => null);
  response.writeHead(content === null ? 404 : 200, {
    'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
    'content-security-policy': POLICY,
  });
  response.end(content);
};
