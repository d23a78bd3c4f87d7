import { createInbox, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';

/** Nobody is subscribed to the subject: nobody has seen the request. */
export class NobodyThereError extends Error {
  override readonly name = 'NobodyThereError';
}

/** No answer came in time. */
export class NoReplyError extends Error {
  override readonly name = 'NoReplyError';
}

interface Waiting {
  readonly subject: string;
  readonly resolve: (msg: Msg) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const NO_RESPONDERS = 503;
/** Time-outs that end together share a list of Node's timers: who waits seconds may wait a little longer. */
const TIMER_GRAIN_MS = 100;

/**
 * Requests and their answers, over one inbox. The client's own `request` races a timer of its own for each, and makes
 * an Error with its stack for each answer that does come: a twentieth of what a busy service did.
 */
export class ReplyBox {
  private readonly inbox = createInbox();
  private readonly waiting = new Map<string, Waiting>();
  private last = 0;
  private nats: NatsConnection | undefined;

  /** Answers come from now on, through reconnections too. */
  open(nats: NatsConnection): void {
    this.nats = nats;
    nats.subscribe(`${this.inbox}.*`, {
      callback: (error, msg) => {
        if (!error) this.receive(msg);
      },
    });
    void nats.closed().then(() => {
      for (const token of this.waiting.keys())
        this.take(token)?.reject(new NoReplyError('The connection to NATS was closed'));
    });
  }

  /**
   * @throws NobodyThereError, NoReplyError; InvalidArgumentError of the client where the message is more than the
   *   server takes
   */
  async request(
    subject: string,
    payload: string,
    options: { readonly timeoutMs: number; readonly headers?: MsgHdrs },
  ): Promise<Msg> {
    const { nats } = this;
    if (!nats) throw new NoReplyError('NATS is not connected yet');
    this.last += 1;
    const token = String(this.last);
    const answer = new Promise<Msg>((resolve, reject) => {
      const ms = Math.ceil(options.timeoutMs / TIMER_GRAIN_MS) * TIMER_GRAIN_MS;
      const timer = setTimeout(
        () => this.take(token)?.reject(new NoReplyError(`No answer from ${subject}`)),
        ms,
      );
      this.waiting.set(token, { subject, resolve, reject, timer });
    });
    try {
      nats.publish(subject, payload, {
        reply: `${this.inbox}.${token}`,
        ...(options.headers && { headers: options.headers }),
      });
    } catch (error) {
      this.take(token);
      throw error;
    }
    return answer;
  }

  private receive(msg: Msg): void {
    const waiting = this.take(msg.subject.slice(this.inbox.length + 1));
    if (!waiting) return;
    if (msg.data.length === 0 && msg.headers?.code === NO_RESPONDERS)
      waiting.reject(new NobodyThereError(`Nobody answers ${waiting.subject}`));
    else waiting.resolve(msg);
  }

  private take(token: string): Waiting | undefined {
    const waiting = this.waiting.get(token);
    if (!waiting) return undefined;
    clearTimeout(waiting.timer);
    this.waiting.delete(token);
    return waiting;
  }
}
