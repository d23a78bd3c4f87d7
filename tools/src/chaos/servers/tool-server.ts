import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { markersIn } from '../load/marker.js';

/** What comes after the effect was taken. */
export type ToolMood = 'no answer' | 'server error' | 'an error in a 200' | 'slow' | 'hangs up';

/** Somebody else's server that takes effects, and writes down each: at most one a turn is allowed. */
export class ToolServer {
  /** Marker of the turn to the idempotency keys with which its effect was asked for, in order. */
  readonly effects = new Map<string, string[]>();
  spoilt = 0;
  private mood: ToolMood | undefined;

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => void this.take(request, response));
  }

  static async start(): Promise<ToolServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ToolServer(server);
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  become(mood: ToolMood): void {
    this.spoilt = 0;
    this.mood = mood;
  }

  recover(): void {
    this.mood = undefined;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const [marker = 'nobody'] = markersIn(Buffer.concat(parts).toString('utf8'));
    const keys = this.effects.get(marker) ?? [];
    keys.push(String(request.headers['idempotency-key'] ?? ''));
    this.effects.set(marker, keys);
    if (this.mood !== undefined) this.spoilt += 1;
    switch (this.mood) {
      case 'no answer':
        return;
      case 'hangs up':
        response.destroy();
        return;
      case 'server error':
        response.writeHead(500).end();
        return;
      case 'slow':
        await delay(2_000);
        break;
      default:
        break;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(this.mood === 'an error in a 200' ? { error: 'no' } : { told: `Did ${marker}` }),
    );
  }
}
