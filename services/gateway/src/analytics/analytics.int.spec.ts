import { type AnalyticsRow, analyticsRequests, BatonError } from '@baton/contracts';

import { TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';

const ROW: AnalyticsRow = {
  conversation_id: 'conv_1',
  started_at: '2026-11-22T10:00:00.000Z',
  last_event_at: '2026-11-22T10:05:00.000Z',
  state: 'RESOLVED',
  workflow: 'support',
  workflow_version: 2,
  channel: 'web',
  handled_by: 'human',
  agents: 'ana;ben',
  models: 'fast',
  turns: 1,
  customer_messages: 1,
  ai_messages: 0,
  human_messages: 1,
  handovers: 1,
  handover_reasons: 'explicit_request',
  skills: 'billing',
  pauses: 0,
  is_settled: true,
  settled_at: '2026-11-22T10:05:00.000Z',
  resolved: true,
  abandoned: false,
  durable: 'pending',
  reopened: 0,
  ai_seconds: 2.5,
  human_seconds: 300,
  queue_seconds: 30,
  first_response_seconds: null,
  ai_calls: 1,
  ai_cost_usd: '0.002',
  human_cost_usd: '3',
  csat_rating: null,
  csat_handled_by: null,
  sla_met: 1,
  sla_missed: 0,
  erased: false,
};
const PAGES: Readonly<Record<string, { rows: AnalyticsRow[]; next: string | null }>> = {
  '': { rows: [ROW, { ...ROW, conversation_id: '-2+3', workflow: '=cmd|"calc"!A1' }], next: 'page-2' },
  'page-2': { rows: [{ ...ROW, conversation_id: null, erased: true }], next: null },
};

describe('analytics over HTTP', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateway: TestGateway;

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    gateway = await TestGateway.start(servers);
  });
  beforeEach(() => {
    services.forget();
    services.on(analyticsRequests.summary, () => ({ conversations: 0 }) as never);
    services.on(analyticsRequests.rows, ({ after }) => PAGES[after ?? ''] ?? { rows: [], next: null });
  });
  afterAll(async () => {
    await gateway?.close();
    await services?.close();
    await servers?.stop();
  });

  const ask = (path: string, token?: string | null) =>
    gateway.call('GET', `/api/v1/analytics/${path}`, token === undefined ? {} : { token });

  it('asks for groups with commas, and for times in any offset', async () => {
    expect(
      (await ask('summary?group_by=day,agent&from=2026-11-22T01:00:00%2B01:00&to=2026-11-23')).status,
    ).toBe(200);
    expect(services.lastAsked(analyticsRequests.summary).body).toEqual({
      from: '2026-11-22T00:00:00.000Z',
      to: '2026-11-23T00:00:00.000Z',
      group_by: ['day', 'agent'],
    });
  });

  it.each([
    ['summary?group_by=colour', 'group_by'],
    ['summary?group_by=day,colour', 'group_by'],
    ['summary?group_by=day,', 'group_by'],
    ['summary?group_by=day,week,month,agent', 'group_by'],
    ['summary?group_by=day&group_by=week', 'group_by'],
    ['summary?from=yesterday', 'from'],
    ['summary?to=2026-13-40', 'to'],
    ['export?format=xlsx', 'format'],
    ['export?from=1', 'from'],
    ['export?to=2026-02-30T00:00:00', 'to'],
  ])('refuses %s, naming %s', async (path, field) => {
    const { status, body } = await ask(path);
    expect({ status, path: body.errors?.[0]?.path }).toEqual({ status: 400, path: field });
  });

  it('exports CSV that no spreadsheet takes for formulas, all pages of it', async () => {
    const { status, headers, text } = await ask('export?from=2026-11-22');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/csv');
    expect(headers.get('content-disposition')).toBe('attachment; filename="conversations.csv"');
    const [head, first, second, third, end] = text.split('\r\n');
    expect(head).toMatch(/^conversation_id,started_at,.*,erased$/);
    expect(first).toBe(
      'conv_1,2026-11-22T10:00:00.000Z,2026-11-22T10:05:00.000Z,RESOLVED,support,2,web,human,ana;ben,fast,1,1,0,1,1,' +
        'explicit_request,billing,0,true,2026-11-22T10:05:00.000Z,true,false,pending,0,2.5,300,30,,1,0.002,3,,,1,0,false',
    );
    expect(second).toMatch(/^'-2\+3,.*,"'=cmd\|""calc""!A1",2,/);
    expect(third).toMatch(/^,2026-.*,true$/);
    expect(end).toBe('');
    expect(services.lastAsked(analyticsRequests.rows).body).toMatchObject({
      from: '2026-11-22T00:00:00.000Z',
      after: 'page-2',
    });
  });

  it('exports JSON and a JSON object a line, with the same fields', async () => {
    const json = await ask('export?format=json');
    expect(JSON.parse(json.text)).toEqual([...(PAGES['']?.rows ?? []), ...(PAGES['page-2']?.rows ?? [])]);
    const lines = await ask('export?format=ndjson');
    expect(lines.headers.get('content-type')).toContain('application/x-ndjson');
    expect(
      lines.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(JSON.parse(json.text));
  });

  it('exports an empty window as what it is', async () => {
    services.on(analyticsRequests.rows, () => ({ rows: [], next: null }));
    expect((await ask('export')).text.split('\r\n')).toHaveLength(2);
    expect(JSON.parse((await ask('export?format=json')).text)).toEqual([]);
    expect((await ask('export?format=ndjson')).text).toBe('');
  });

  it('says what is wrong while it can, and breaks off what it cannot finish', async () => {
    services.on(analyticsRequests.rows, () => {
      throw new BatonError('validation-failed', 'The question is not valid', {
        errors: [{ path: 'to', message: 'must be after from' }],
      });
    });
    const refused = await ask('export?from=2026-11-23&to=2026-11-22');
    expect({ status: refused.status, errors: refused.body.errors }).toEqual({
      status: 400,
      errors: [{ path: 'to', message: 'must be after from' }],
    });
    services.on(analyticsRequests.rows, ({ after }) => {
      if (after !== null) throw new BatonError('unavailable', 'The database is away');
      return PAGES[''] as { rows: AnalyticsRow[]; next: string };
    });
    await expect(ask('export')).rejects.toThrow();
  });

  it('is for those who may see analytics', async () => {
    for (const path of ['summary', 'export']) {
      expect((await ask(path, null)).status).toBe(401);
      expect((await ask(path, await gateway.keyWith(['conversations']))).status).toBe(403);
      expect((await ask(path, await gateway.keyWith(['analytics']))).status).toBe(200);
    }
  });
});
