import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface FrontOptions {
  readonly probeEveryMs: number;
  readonly failureThreshold: number;
}

interface Endpoint {
  readonly port: number;
  failures: number;
  isReady: boolean;
}

const PROBE_TIMEOUT_MS = 5_000;

/**
 * Stands for a cluster's Service before several pods: new connections go round the ready ones, one that is open stays
 * where it is, and who is ready is known from the readiness probe alone, as late as its settings say.
 */
export class ServiceFront {
  private readonly endpoints: Endpoint[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly timer: NodeJS.Timeout;
  private turn = 0;

  private constructor(
    private readonly server: Server,
    private readonly options: FrontOptions,
  ) {
    server.on('connection', (client: Socket) => this.forward(client));
    this.timer = setInterval(() => void this.probeAll(), options.probeEveryMs);
  }

  static async start(options: FrontOptions): Promise<ServiceFront> {
    const server = createServer();
    const front = new ServiceFront(server, options);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** A pod that was seen to be ready. */
  add(port: number): void {
    this.endpoints.push({ port, failures: 0, isReady: true });
  }

  stop(): void {
    clearInterval(this.timer);
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private forward(client: Socket): void {
    const ready = this.endpoints.filter(({ isReady }) => isReady);
    const endpoint = ready[this.turn++ % ready.length];
    // What nobody is there for is refused, as it would be.
    if (!endpoint) return void client.resetAndDestroy();
    const pod = connect(endpoint.port, '127.0.0.1');
    for (const [from, to] of [
      [client, pod],
      [pod, client],
    ] as const) {
      this.sockets.add(from);
      from.setNoDelay(true).pipe(to);
      from.on('error', () => to.resetAndDestroy());
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroySoon();
      });
    }
  }

  private async probeAll(): Promise<void> {
    await Promise.all(this.endpoints.map((endpoint) => this.probe(endpoint)));
  }

  private async probe(endpoint: Endpoint): Promise<void> {
    const isOk = await fetch(`http://127.0.0.1:${endpoint.port}/health/ready`, {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
      headers: { connection: 'close' },
    }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.ok;
      },
      () => false,
    );
    endpoint.failures = isOk ? 0 : endpoint.failures + 1;
    if (isOk) endpoint.isReady = true;
    else if (endpoint.failures >= this.options.failureThreshold) endpoint.isReady = false;
  }
}
