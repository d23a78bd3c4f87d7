import { WebSocket } from 'ws';

import { startBaton } from '@baton/system';
import { ModelServer, waitFor } from '@baton/testkit';

import { Http } from './http.js';
import { inParallel, p50, p99 } from './stats.js';

const CONSULTATIONS = 200;
const PARTICIPANTS = 2;
const QUESTIONS = 5;
/** Between two questions of one consultation: people read the answer first. */
const THINKS_MS = 4000;
/** Questions and answers, the opening beside them. */
const HISTORY = 10_000;
const PAGES = 200;
const TIMEOUT_MS = 600_000;

export interface ConsultationFigures {
  /** Milliseconds from a message on one socket to the frame on each. */
  readonly echo: readonly number[];
  readonly expected: number;
  /** From the echo of a question to the first token of its answer, on the socket of who asked. */
  readonly firstToken: readonly number[];
}

export interface HistoryFigures {
  /** The first page of a long history over REST. */
  readonly page: readonly number[];
  readonly messages: number;
}

interface Frame {
  readonly type: string;
  readonly role?: string;
  readonly content?: string;
}

type Hear = (frame: Frame) => void;

/** Talks about so many pending actions at once, two people in each. */
export const consultations = async (http: Http, url: string): Promise<ConsultationFigures> => {
  const samples = { echo: [] as number[], firstToken: [] as number[] };
  const talks: Talk[] = [];
  try {
    await inParallel(CONSULTATIONS, 16, async () => {
      talks.push(await Talk.begin(http, url, samples));
    });
    await Promise.all(talks.map((talk, index) => talk.hold((index / CONSULTATIONS) * THINKS_MS)));
    const expected = CONSULTATIONS * QUESTIONS * PARTICIPANTS;
    await waitFor(() => Promise.resolve(samples.echo.length >= expected), {
      what: 'every participant to be told',
      timeoutMs: TIMEOUT_MS,
    });
    return { ...samples, expected };
  } finally {
    for (const talk of talks) talk.end();
  }
};

/** One talk that went on for very long. */
export const longHistory = async (http: Http, url: string): Promise<HistoryFigures> => {
  const talk = await Talk.begin(http, url, { echo: [], firstToken: [] });
  try {
    return await talk.readLong(http);
  } finally {
    talk.end();
  }
};

class Talk {
  private askedAt = 0;
  private echoedAt: number | undefined;
  private answers = 0;

  private constructor(
    private readonly id: string,
    private readonly sockets: readonly WebSocket[],
  ) {}

  static async begin(
    http: Http,
    url: string,
    samples: { readonly echo: number[]; readonly firstToken: number[] },
  ): Promise<Talk> {
    const body = { workflow_name: 'bench_approval', input_data: {} };
    const { run_id } = (await http.must('POST', '/api/v1/workflows/execute', body)) as { run_id: string };
    const { consultation_id } = (await http.must('POST', '/api/v1/consultations', { run_id })) as {
      consultation_id: string;
    };
    const hears: Hear[] = [];
    const sockets = await Promise.all(
      Array.from({ length: PARTICIPANTS }, (_, index) =>
        join(http, url, consultation_id, (frame) => hears[index]?.(frame)),
      ),
    );
    const talk = new Talk(consultation_id, sockets);
    sockets.forEach((_, index) =>
      hears.push((frame) => {
        const now = performance.now();
        if (frame.type === 'message' && frame.role === 'HUMAN') {
          samples.echo.push(now - talk.askedAt);
          if (index === 0) talk.echoedAt = now;
        }
        if (index > 0) return;
        if (frame.type === 'delta' && talk.echoedAt !== undefined) {
          samples.firstToken.push(now - talk.echoedAt);
          talk.echoedAt = undefined;
        }
        if (frame.type === 'message' && frame.role !== 'HUMAN') talk.answers += 1;
      }),
    );
    return talk;
  }

  /** Asks, waits for the answer, thinks, and asks again. */
  async hold(firstAfterMs: number): Promise<void> {
    await sleep(firstAfterMs);
    for (let asked = 1; asked <= QUESTIONS; asked += 1) {
      this.askedAt = performance.now();
      this.say(`Question ${asked}`);
      await this.answered(asked);
      await sleep(THINKS_MS);
    }
  }

  /** As long as nobody would talk; then its first page, again and again. */
  async readLong(http: Http): Promise<HistoryFigures> {
    for (let asked = this.answers; asked < HISTORY / 2; asked += 1) {
      // Ten at once: the agent answers one behind the other.
      await this.answered(asked - 9);
      this.say(`Question ${asked}`);
    }
    await this.answered(HISTORY / 2);
    const page: number[] = [];
    for (let index = 0; index < PAGES; index += 1) {
      const began = performance.now();
      await http.must('GET', `/api/v1/consultations/${this.id}/messages?limit=50`);
      page.push(performance.now() - began);
    }
    return { page, messages: this.answers * 2 };
  }

  end(): void {
    for (const socket of this.sockets) socket.terminate();
  }

  private say(message: string): void {
    this.sockets[0]?.send(JSON.stringify({ message }));
  }

  private async answered(count: number): Promise<void> {
    await waitFor(() => Promise.resolve(this.answers >= count), {
      what: `answer ${count}`,
      everyMs: 2,
      timeoutMs: TIMEOUT_MS,
    });
  }
}

const join = async (http: Http, url: string, id: string, hear: Hear): Promise<WebSocket> => {
  const { ticket } = (await http.must('POST', '/api/v1/ws-tickets')) as { ticket: string };
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/consultation/${id}?ticket=${ticket}`);
  socket.on('message', (data: Buffer) => hear(JSON.parse(data.toString()) as Frame));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return socket;
};

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The model's own first token, asked as the router asks: what the answer's is held against. */
const modelFirstToken = async (modelUrl: string): Promise<number> => {
  const samples: number[] = [];
  for (let index = 0; index < 100; index += 1) {
    const began = performance.now();
    const response = await fetch(`${modelUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
      body: JSON.stringify({
        model: 'instant',
        stream: true,
        messages: [{ role: 'user', content: 'Hello' }],
      }),
    });
    const reader = response.body?.getReader();
    await reader?.read();
    samples.push(performance.now() - began);
    await reader?.cancel();
  }
  return p50(samples);
};

/** The rows of `npm run bench`. */
export const consultationRows = async (
  http: Http,
  url: string,
  modelUrl: string,
  row: (what: string, value: string, bar: string) => void,
): Promise<void> => {
  const own = await modelFirstToken(modelUrl);
  const { echo, expected, firstToken } = await consultations(http, url);
  row(`a message to everybody in ${CONSULTATIONS} consultations, p50 / p99`, both(echo), 'p99 under 50 ms');
  row('  frames delivered', `${echo.length} of ${expected}`, 'all');
  row(
    'first token of the answer, beyond the model’s, p50',
    `${(p50(firstToken) - own).toFixed(1)} ms`,
    'under 20 ms',
  );
  const { page, messages } = await longHistory(http, url);
  row(`first page of a history of ${messages} messages, p50 / p99`, both(page), 'p99 under 50 ms');
};

const both = (samples: readonly number[]): string =>
  `${p50(samples).toFixed(1)} / ${p99(samples).toFixed(1)} ms`;

/** Alone: `node tools/dist/bench/consultation.js`. */
const alone = async (): Promise<void> => {
  const model = await ModelServer.start({ instant: true });
  const baton = await startBaton({
    env: {
      OPENAI_BASE_URL: model.openAiUrl,
      OPENAI_API_KEY: 'bench',
      BATON_MODEL_FAST: 'openai/instant',
      BATON_MODEL_SMART: 'openai/instant',
      BATON_WORKFLOWS_DIR: 'bench/workflows',
      BATON_DEFAULT_WORKFLOW: 'bench_turn',
      BATON_RATE_LIMIT_REQUESTS_PER_SECOND: '1000000',
      BATON_RATE_LIMIT_MESSAGES_PER_10S: '1000000',
      LOG_LEVEL: 'warn',
    },
  });
  const http = new Http(baton.url, baton.apiKey);
  try {
    await consultationRows(
      http,
      baton.url,
      model.url,
      (...parts) => void process.stdout.write(`${parts.join('   ')}\n`),
    );
  } finally {
    http.close();
    await baton.stop();
    await model.stop();
  }
};
if (import.meta.main) await alone();
