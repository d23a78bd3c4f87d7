import { after, handover, PROFILE, ROUTING } from '../testing/queue.fixture.js';
import { MemoryLog, POLICY } from '../testing/memory-log.fixture.js';

const withAgent = async (log: MemoryLog, agent_id: string): Promise<void> => {
  const work = log.begin(after(0));
  await work.tellAgent(agent_id, { type: 'RegisterAgent', agent_id, profile: PROFILE });
  await work.tellAgent(agent_id, { type: 'SetPresence', status: 'ONLINE' });
  log.commit(work);
};
const offered = async (log: MemoryLog, changes: Parameters<typeof handover>[0] = {}) => {
  const work = log.begin(after(0));
  await work.tellItem('ho_1', { type: 'Enqueue', handover: handover(changes), asked_at: after(0) });
  await work.tellItem('ho_1', { type: 'Offer', offer_id: 'offer_1', agent_id: 'ana', now: after(0) });
  return log.commit(work);
};
const timerIds = (timers: ReturnType<MemoryLog['commit']>['timers']) => ({
  set: (timers?.set ?? []).map((timer) => timer.timerId),
  cancel: timers?.cancel ?? [],
});

describe('one unit of work', () => {
  it('writes item, agent, tables and timers of an offer in one transaction', async () => {
    const log = new MemoryLog();
    await withAgent(log, 'ana');
    const { appends, rows, timers } = await offered(log);
    expect(appends.map(({ ref, events }) => [ref.streamId, events.map((event) => event.type)])).toEqual([
      ['ana', ['human_agent.capacity_taken']],
      ['ho_1', ['queue_item.enqueued', 'queue_item.offer_created']],
    ]);
    expect(rows?.['human_agents']).toMatchObject([{ agent_id: 'ana', active_count: 1, version: 3 }]);
    expect(rows?.['agent_queue']).toMatchObject([
      { handover_id: 'ho_1', seeking: false, offered_to: ['ana'] },
    ]);
    expect(rows?.['offers']).toMatchObject([{ offer_id: 'offer_1', status: 'OPEN' }]);
    expect(timerIds(timers)).toEqual({
      set: ['look:ho_1', 'sla:ho_1', 'sla-warning:ho_1', 'offer-timeout:offer_1'],
      cancel: [],
    });
  });

  it('sets the timers of relaxation and of auto-accept where the policy wants them', async () => {
    const log = new MemoryLog();
    await withAgent(log, 'ana');
    const { timers } = await offered(log, {
      routing: {
        ...ROUTING,
        relax: [{ after_ms: 60_000, levels: -1 }],
        offer: { ...ROUTING.offer, mode: 'auto_accept' },
      },
    });
    expect(timers?.set?.map((timer) => [timer.timerId, timer.dueAt])).toEqual([
      ['relax:ho_1', after(60_000)],
      ['look:ho_1', after(500)],
      ['sla:ho_1', after(300_000)],
      ['sla-warning:ho_1', after(240_000)],
      ['offer-timeout:offer_1', after(30_000)],
      ['auto-accept:offer_1', after(0)],
    ]);
  });

  it('ends the timers of what is over, and starts those of the wrap-up', async () => {
    const log = new MemoryLog();
    await withAgent(log, 'ana');
    await offered(log);
    const accepting = log.begin(after(1000));
    await accepting.tellItem('ho_1', {
      type: 'Assign',
      agent_id: 'ana',
      offer_id: 'offer_1',
      told_by: 'acceptance',
    });
    expect(timerIds(log.commit(accepting).timers)).toEqual({
      set: [],
      cancel: [
        'offer-timeout:offer_1',
        'auto-accept:offer_1',
        'relax:ho_1',
        'sla:ho_1',
        'sla-warning:ho_1',
        'retry:ho_1',
        'look:ho_1',
      ],
    });
    const resolving = log.begin(after(2000));
    await resolving.tellItem('ho_1', { type: 'Close', cause: 'resolved' });
    const { timers } = log.commit(resolving);
    expect(timers?.set).toMatchObject([{ timerId: 'wrap-up:ho_1', dueAt: after(32_000) }]);
  });

  it('holds no slot for a wrap-up where the policy has none', async () => {
    const log = new MemoryLog({ ...POLICY, wrapUpMs: 0 });
    await withAgent(log, 'ana');
    await offered(log);
    const work = log.begin(after(1000));
    await work.tellItem('ho_1', {
      type: 'Assign',
      agent_id: 'ana',
      offer_id: 'offer_1',
      told_by: 'acceptance',
    });
    await work.tellItem('ho_1', { type: 'Close', cause: 'resolved' });
    const { appends } = log.commit(work);
    expect(appends[0]?.events.map((event) => event.data['cause'])).toEqual(['assigned', 'closed']);
  });

  it('counts the age and the SLA of an item that comes back from when it first came', async () => {
    const log = new MemoryLog();
    await withAgent(log, 'ana');
    await offered(log);
    const work = log.begin(after(60_000));
    await work.tellItem('ho_1', {
      type: 'Assign',
      agent_id: 'ana',
      offer_id: 'offer_1',
      told_by: 'acceptance',
    });
    await work.tellItem('ho_1', {
      type: 'Requeue',
      cause: 'released',
      from_agent_id: 'ana',
      to_agent_id: null,
      required_skills: null,
    });
    const { timers } = log.commit(work);
    expect(timers?.set?.map((timer) => [timer.timerId, timer.dueAt])).toEqual(
      expect.arrayContaining([
        ['sla:ho_1', after(300_000)],
        ['retry:ho_1', after(70_000)],
      ]),
    );
  });

  it('is empty where everybody knows already', async () => {
    const log = new MemoryLog();
    await withAgent(log, 'ana');
    const work = log.begin(after(1));
    await work.tellAgent('ana', { type: 'SetPresence', status: 'ONLINE' });
    expect(work.isEmpty).toBe(true);
  });

  it('leaves a snapshot of an agent now and then', async () => {
    const log = new MemoryLog();
    await withAgent(log, 'ana');
    const snapshots: unknown[] = [];
    for (let index = 0; index < 50; index += 1) {
      const work = log.begin(after(index));
      await work.tellAgent('ana', { type: 'SetPresence', status: index % 2 === 0 ? 'AWAY' : 'ONLINE' });
      snapshots.push(
        ...log
          .commit(work)
          .appends.map((append) => append.snapshot)
          .filter(Boolean),
      );
    }
    expect(snapshots).toMatchObject([{ status: 'ONLINE', agent_id: 'ana' }]);
  });
});
