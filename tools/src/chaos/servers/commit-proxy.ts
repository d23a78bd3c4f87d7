import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** Message types of PostgreSQL's wire protocol, version 3. */
const PARSE = 'P';
const BIND = 'B';
const QUERY = 'Q';
const READY = 'Z';
const HEADER_BYTES = 5;

/**
 * Stands between the services and PostgreSQL and passes everything on, except, when told to, the answer to what
 * commits: a call of `commit_batch` (one statement, committed when it answers) or a COMMIT. PostgreSQL has committed by
 * then; the caller never hears of it.
 */
export class CommitProxy {
  /** Answers that were lost, all of them after their commit. */
  lost = 0;
  private toLose = 0;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {
    server.on('connection', (client) => this.join(client));
  }

  static async start(databaseUrl: string): Promise<CommitProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new CommitProxy(server, new URL(databaseUrl));
  }

  /** The database's URL by way of this proxy. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return url.href;
  }

  /** Loses the answers to the next commits, so many; 0 loses none any more. */
  loseAnswers(count: number): void {
    this.toLose = count;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    const conversation = new WireConversation(() => this.mayLose());
    this.pass(client, server, (data) => {
      conversation.fromClient(data);
      return 'pass';
    });
    this.pass(server, client, (data) => {
      const verdict = conversation.fromServer(data);
      if (verdict === 'cut') this.lost += 1;
      return verdict;
    });
  }

  private mayLose(): boolean {
    if (this.toLose === 0) return false;
    this.toLose -= 1;
    return true;
  }

  private pass(from: Socket, to: Socket, judge: (data: Buffer) => Verdict): void {
    this.sockets.add(from);
    from.setNoDelay(true);
    from.on('data', (data) => {
      const verdict = judge(data);
      if (verdict === 'pass' && !to.write(data)) from.pause();
      if (verdict !== 'cut') return;
      from.destroy();
      to.destroy();
    });
    to.on('drain', () => from.resume());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
  }
}

/** What becomes of some bytes: they go on, they don't, or the connection ends instead. */
type Verdict = 'pass' | 'swallow' | 'cut';

/** What one connection is about, as far as it matters: which statements commit, and which answer is theirs. */
export class WireConversation {
  private readonly committing = new Set<string>();
  private readonly client = new MessageReader(true);
  private readonly server = new MessageReader(false);
  private isDoomed = false;

  constructor(private readonly mayLose: () => boolean) {}

  fromClient(data: Buffer): void {
    for (const { type, body } of this.client.read(data)) {
      if (type === PARSE) {
        const [name = '', sql = ''] = strings(body);
        if (commits(sql)) this.committing.add(name);
        else this.committing.delete(name);
      } else if (type === BIND) {
        const [, statement = ''] = strings(body);
        if (this.committing.has(statement)) this.isDoomed ||= this.mayLose();
      } else if (type === QUERY && commits(strings(body)[0] ?? '')) {
        this.isDoomed ||= this.mayLose();
      }
    }
  }

  /** Of an answer that shall not arrive not a byte does; the connection ends when PostgreSQL is done. */
  fromServer(data: Buffer): Verdict {
    let isReady = false;
    for (const { type } of this.server.read(data)) isReady ||= type === READY;
    if (!this.isDoomed) return 'pass';
    return isReady ? 'cut' : 'swallow';
  }
}

const commits = (sql: string): boolean =>
  /\.(transact|commit_batch)\(/.test(sql) || /^\s*COMMIT\b/i.test(sql);

const strings = (body: Buffer): string[] => {
  const found: string[] = [];
  for (let start = 0; found.length < 2;) {
    const end = body.indexOf(0, start);
    if (end < 0) break;
    found.push(body.toString('utf8', start, end));
    start = end + 1;
  }
  return found;
};

/** Cuts a stream of bytes into messages; a client's first has no type. */
class MessageReader {
  private rest = Buffer.alloc(0);
  private isStartup: boolean;

  constructor(isClient: boolean) {
    this.isStartup = isClient;
  }

  read(data: Buffer): { readonly type: string; readonly body: Buffer }[] {
    this.rest = Buffer.concat([this.rest, data]);
    const messages: { type: string; body: Buffer }[] = [];
    if (this.isStartup) {
      if (this.rest.length < 4 || this.rest.length < this.rest.readUInt32BE(0)) return messages;
      this.rest = this.rest.subarray(this.rest.readUInt32BE(0));
      this.isStartup = false;
    }
    while (this.rest.length >= HEADER_BYTES) {
      const length = 1 + this.rest.readUInt32BE(1);
      if (this.rest.length < length) break;
      messages.push({
        type: String.fromCharCode(this.rest[0] as number),
        body: this.rest.subarray(HEADER_BYTES, length),
      });
      this.rest = this.rest.subarray(length);
    }
    return messages;
  }
}
