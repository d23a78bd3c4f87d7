import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { findCheckout, type RunningBaton, startBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';

import { Api } from './api.js';
import { type CollectedSpan, OtlpCollector } from './otlp-collector.js';
import { askedFor, measuresToldOf } from './measures.js';
import { type Family, familiesOf } from './prometheus-text.js';
import { listenTo, staffSocket } from './listeners.js';

const KNOWN = 'How long do I have to return an item?';
const SECRET_WORD = 'xylophone-4711';
/** On a machine that has much else to do. */
const PATIENCE_MS = 120_000;

/** What a scrape adds to every series, and what the services say of themselves. */
const OF_THE_TARGET = ['job', 'pod', 'service'];
/** There are as many of these as there are customers: they would burst any Prometheus. */
const NO_LABELS = [
  'tenant',
  'tenant_id',
  'conversation_id',
  'run_id',
  'agent_id',
  'message_id',
  'trace_id',
  'url',
];

/** What is worth measuring: a person hears of a handover, takes it and reads its history. */
const useIt = async (api: Api): Promise<void> => {
  const ana = await api.agent('ana');
  const ears = await staffSocket(ana);
  await api.say('measured', 'I want to talk to a person', { wait: 0 });
  const { offer_id } = await api.offer('ana', 'measured', PATIENCE_MS);
  expect((await ana.post(`/api/v1/offers/${offer_id}/accept`)).status).toBe(200);
  await ears.until('conversation.assigned', (data) => data['conversation_id'] === 'measured');
  expect((await ana.get('/api/v1/conversations/measured/messages')).status).toBe(200);
};

const stateOf = (api: Api, id: string, state: string): Promise<unknown> =>
  waitFor(async () => (await api.conversation(id)).state === state, {
    what: `${id} to be ${state}`,
    timeoutMs: PATIENCE_MS,
  });

/** All services' scrapes as one. */
const scrapes = async (baton: RunningBaton): Promise<Map<string, Family>> => {
  const all = new Map<string, Family>();
  for (const { url } of Object.values(baton.services)) {
    for (const family of familiesOf(await (await fetch(`${url}/metrics`)).text()).values()) {
      const known = all.get(family.name);
      all.set(family.name, {
        ...family,
        labels: new Set([...(known?.labels ?? []), ...family.labels]),
        samples: (known?.samples ?? 0) + family.samples,
      });
    }
  }
  return all;
};

describe('what an operator sees', () => {
  let collector: OtlpCollector;
  /** A server of somebody else's, which has webhooks delivered. */
  let outside: Server;
  const heardOutside: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
  let outsideHost: string;
  let baton: RunningBaton;
  let api: Api;
  beforeAll(async () => {
    collector = await OtlpCollector.start();
    outside = createServer((request, response) => {
      heardOutside.push({ url: request.url ?? '', headers: request.headers });
      request.resume().on('end', () => response.end('{}'));
    });
    await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
    outsideHost = `127.0.0.1:${(outside.address() as AddressInfo).port}`;
    baton = await startBaton({ env: { ...collector.env, BATON_HTTP_ALLOW: outsideHost } });
    api = new Api(baton.url, baton.apiKey);
  }, 300_000);
  afterAll(async () => {
    await baton?.stop();
    await collector?.stop();
    outside?.closeAllConnections();
    outside?.close();
  });

  /** The trace once it tells all of these, by service and name. */
  const traceWith = async (traceId: string, names: readonly string[]): Promise<CollectedSpan[]> => {
    const missing = (): string[] => {
      const told = new Set(collector.of(traceId).map(({ service, name }) => `${service} ${name}`));
      return names.filter((name) => !told.has(name));
    };
    await waitFor(() => missing().length === 0, { what: 'the whole trace', timeoutMs: PATIENCE_MS }).catch(
      () => {
        const told = collector.of(traceId).map(({ service, name }) => `${service} ${name}`);
        throw new Error(`No ${missing().join(', ')} among\n${[...new Set(told)].sort().join('\n')}`);
      },
    );
    return collector.of(traceId);
  };

  const newTrace = () => {
    const traceId = randomBytes(16).toString('hex');
    const caller = randomBytes(8).toString('hex');
    return { traceId, caller, headers: { traceparent: `00-${traceId}-${caller}-01` } };
  };

  it('follows a turn in one trace, from its request to its memory', async () => {
    const { traceId, caller, headers: given } = newTrace();
    const { headers } = await api.post(
      '/api/v1/hil/message',
      { conversation_id: 'traced', message: KNOWN, sender_type: 'user' },
      { ...given, prefer: 'wait=60' },
    );
    expect(headers.get('traceparent')).toBe(given.traceparent);
    await stateOf(api, 'traced', 'FINISHED');

    const accepted = [
      'baton-gateway POST /api/v1/hil/message',
      'baton-gateway request conversation.receive-message',
      'baton-orchestrator answer conversation.receive-message',
      'baton-orchestrator commit',
    ];
    const turn = [
      ...accepted,
      'baton-orchestrator send conversation.message_received',
      'baton-orchestrator process conversation.message_received',
      'baton-orchestrator invoke_workflow customer_support',
    ];
    const model = [
      ...turn,
      'baton-orchestrator invoke_agent simple',
      'baton-orchestrator request llm.complete',
      'baton-llm-router answer llm.complete',
      'baton-llm-router chat extractive',
    ];
    const tool = [
      ...turn,
      'baton-orchestrator invoke_agent reasoning',
      'baton-orchestrator execute_tool knowledge.search',
      'baton-orchestrator request knowledge.search',
      'baton-memory-worker answer knowledge.search',
    ];
    const memory = [
      ...turn,
      'baton-orchestrator commit',
      'baton-orchestrator send conversation.turn_completed',
      'baton-memory-worker process conversation.turn_completed',
      'baton-memory-worker commit',
      'baton-memory-worker send memory.turn_remembered',
    ];
    const paths = [model, tool, memory];
    const spans = await traceWith(traceId, paths.flat());
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const nameOf = (span: CollectedSpan): string => `${span.service} ${span.name}`;
    const downTo = (span: CollectedSpan): string[] => {
      const parent = byId.get(span.parentSpanId ?? '');
      return [...(parent ? downTo(parent) : []), nameOf(span)];
    };
    for (const path of paths)
      expect(
        spans.filter((span) => nameOf(span) === path.at(-1)).map((span) => downTo(span).join('\n')),
      ).toContain(path.join('\n'));
    // Nothing hangs in the air: what has no span of ours above it was asked for by the caller.
    const orphans = spans.filter((span) => !byId.has(span.parentSpanId ?? ''));
    expect(orphans.map((span) => [nameOf(span), span.parentSpanId])).toEqual([[accepted[0], caller]]);

    const attributesOf = (name: string): unknown =>
      spans.find((span) => nameOf(span) === name)?.attributes ?? `no ${name}`;
    expect(attributesOf(model.at(-1) as string)).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'extractive',
      'gen_ai.conversation.id': 'traced',
      'gen_ai.usage.input_tokens': expect.anything() as unknown,
    });
    expect(attributesOf(turn.at(-1) as string)).toMatchObject({
      'gen_ai.operation.name': 'invoke_workflow',
      'gen_ai.conversation.id': 'traced',
      'baton.turn.outcome': 'FINISH',
    });
    expect(attributesOf(accepted[0] as string)).toMatchObject({
      'http.route': '/api/v1/hil/message',
      'http.response.status_code': expect.anything() as unknown,
    });
  }, 300_000);

  it('links what else a turn answers, and goes on to the queue', async () => {
    const yaml = `name: patient
nodes:
  answer: { type: agent, agent: simple, prompt: "{{ input.message }}" }
  person: { type: sink, sink: HANDOVER, needs: [answer] }
conversation: { debounce: { quiet: 5s, max_wait: 60s } }
`;
    const path = '/api/v1/workflows/patient';
    const put = await api.call('PUT', path, yaml, { 'content-type': 'application/yaml' });
    expect([put.status, put.body]).toMatchObject([200, {}]);
    const traces = [newTrace(), newTrace()];
    // At once: they are one turn, and which of them is its first is not ours to say.
    await Promise.all(
      traces.map(async ({ headers }) => {
        const message = {
          conversation_id: 'burst',
          message: SECRET_WORD,
          sender_type: 'user',
          workflow_name: 'patient',
        };
        expect((await api.post('/api/v1/hil/message', message, headers)).status).toBe(202);
      }),
    );
    const isTurn = ({ name }: CollectedSpan): boolean => name === 'invoke_workflow patient';
    await waitFor(() => collector.spans.some(isTurn), { what: 'the turn', timeoutMs: PATIENCE_MS });
    const first = collector.spans.find(isTurn)?.traceId ?? '';
    const second = traces.find(({ traceId }) => traceId !== first)?.traceId;
    const spans = await traceWith(first, [
      'baton-orchestrator invoke_workflow patient',
      'baton-queue-manager process conversation.handed_over',
      'baton-queue-manager send queue_item.enqueued',
    ]);
    const turn = spans.find(isTurn);
    expect(turn?.links?.map((link) => link.traceId)).toContain(second);
    expect(turn?.attributes['baton.turn.outcome']).toBe('HANDOVER');
  }, 300_000);

  it('goes on where people and webhooks are told, with nothing but the number of the trace', async () => {
    await api.say('pushed', KNOWN);
    const hook = { url: `http://${outsideHost}/hook`, event_types: ['conversation.handed_over'] };
    expect((await api.post('/api/v1/webhooks', hook)).status).toBe(201);
    const ears = [await staffSocket(api), await staffSocket(api), await listenTo(api, 'pushed')];
    const { traceId, headers: given } = newTrace();
    const more = { ...given, baggage: 'who=ana', tracestate: 'their=own' };
    const message = { conversation_id: 'pushed', message: 'I want to talk to a person', sender_type: 'user' };
    expect((await api.post('/api/v1/hil/message', message, more)).status).toBe(202);
    const spans = await traceWith(traceId, [
      'baton-gateway push conversation.message_received',
      'baton-gateway push conversation.handed_over',
      'baton-gateway push queue_item.enqueued',
      'baton-gateway POST webhook',
    ]);
    const audiences = (name: string) =>
      collector
        .of(traceId)
        .filter((span) => span.name === name)
        .map(({ attributes }) => attributes['messaging.destination.name'])
        .sort();
    await waitFor(() => audiences('push conversation.handed_over').length > 1, {
      what: 'both to be told',
      timeoutMs: PATIENCE_MS,
    });
    // One for all staff, however many listen, and one for the conversation's own stream.
    expect(audiences('push conversation.handed_over')).toEqual(['conversation', 'staff']);
    expect(audiences('push queue_item.enqueued')).toEqual(['staff']);
    const byId = new Map(collector.of(traceId).map((span) => [span.spanId, span]));
    const pushes = [...byId.values()].filter(({ name }) => name.startsWith('push '));
    const toStaff = pushes.find(({ attributes }) => attributes['messaging.destination.name'] === 'staff');
    expect(Number(toStaff?.attributes['baton.push.listeners'])).toBe(2);
    const delivery = spans.find(({ name }) => name === 'POST webhook') as CollectedSpan;
    for (const { attributes } of [...pushes, delivery])
      expect(attributes['messaging.message.id']).toMatch(/^evt_/);
    // None hangs in the air: above it is what published the event, or recorded it where it was read from the log.
    const above = ({ parentSpanId }: CollectedSpan): CollectedSpan | undefined =>
      collector.of(traceId).find(({ spanId }) => spanId === parentSpanId);
    await waitFor(() => [...pushes, delivery].every((span) => above(span) !== undefined), {
      what: 'what they follow from',
      timeoutMs: PATIENCE_MS,
    });
    const delivered = heardOutside.find(({ url }) => url === '/hook');
    expect(delivered?.headers.traceparent).toBe(`00-${traceId}-${delivery.spanId}-01`);

    for (const { headers } of heardOutside)
      expect([headers['baggage'], headers['tracestate']]).toEqual([undefined, undefined]);
    await Promise.all(ears.map((each) => each.stop()));
  }, 300_000);

  it('measures what happens, and tells of each measure what docs/observability.md says', async () => {
    await useIt(api);
    const measured = await scrapes(baton);
    const told = measuresToldOf(readFileSync(join(findCheckout(), 'docs/observability.md'), 'utf8'));
    expect([...told.keys()].sort()).toEqual(
      [...measured.keys()].filter((name) => name.startsWith('baton_')).sort(),
    );
    for (const [name, { type, labels }] of told) {
      const family = measured.get(name);
      const seen = [...(family?.labels ?? [])].filter((label) => label !== 'le' && label !== 'service');
      expect([name, family?.type]).toEqual([name, type]);
      // What has not happened here has no labels yet.
      if (family && family.samples > 0 && seen.length > 0)
        expect([name, seen.sort()]).toEqual([name, [...labels].sort()]);
      expect([name, NO_LABELS.filter((label) => labels.includes(label))]).toEqual([name, []]);
    }
    // So many are told by what happened here, not by the page alone.
    const happened = [...measured.values()].filter(
      ({ name, samples }) => name.startsWith('baton_') && samples > 0,
    );
    expect(happened.length).toBeGreaterThan(60);

    const asked = askedFor(join(findCheckout(), 'deploy/k8s/baton'));
    expect(asked.length).toBeGreaterThan(100);
    for (const { where, expr, series, labels } of asked) {
      const family = [...measured.values()].find((each) => each.series.has(series));
      expect([where, series, family !== undefined || series === 'up']).toEqual([where, series, true]);
      const known = [
        ...OF_THE_TARGET,
        ...(family?.labels ?? []),
        ...(told.get(family?.name ?? '')?.labels ?? []),
      ];
      const unknown = labels.filter(
        (label) => !known.includes(label) && !(label === 'le' && series.endsWith('_bucket')),
      );
      expect([where, expr, unknown]).toEqual([where, expr, []]);
    }
  }, 300_000);

  it('leads from a slow bucket to a trace', async () => {
    const { url } = baton.services.orchestrator;
    let text = '';
    for (const service of Object.values(baton.services)) {
      const response = await fetch(`${service.url}/metrics`, {
        headers: { accept: 'application/openmetrics-text' },
      });
      expect([service.name, response.headers.get('content-type')]).toEqual([
        service.name,
        'application/openmetrics-text; version=1.0.0; charset=utf-8',
      ]);
      const scrape = await response.text();
      expect(scrape.endsWith('# EOF\n')).toBe(true);
      text += scrape;
    }
    const exemplar =
      /^baton_turn_answer_seconds_bucket\{[^}]*outcome="finish"[^}]*\} \d+ # \{trace_id="([0-9a-f]{32})"\} /m.exec(
        text,
      );
    expect(collector.of(exemplar?.[1] ?? '').map(({ name }) => name)).toContain(
      'invoke_workflow customer_support',
    );
    // Those who do not ask for it get the format that everybody reads.
    expect(await (await fetch(`${url}/metrics`)).text()).not.toContain('trace_id');
  });

  it('tells no collector what people say, nor a key', () => {
    const told = collector.bodies.join('\n');
    expect(told).toContain('customer_support');
    for (const text of [SECRET_WORD, 'return an item', '30 days', baton.apiKey, 'process.command'])
      expect([text, told.includes(text)]).toEqual([text, false]);
  });
});
