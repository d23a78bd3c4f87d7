import { Frame } from './frame.js';
import { type CloseReason, type Heard, RESYNC, StaffSession, TOO_SLOW } from './staff-session.js';

const heard = (sequence: number, count = 1, epoch = 'e'): Heard => ({
  epoch,
  sequence,
  frames: Array.from(
    { length: count },
    (_, index) =>
      new Frame(`${epoch}-${sequence}.${index}`, { type: 'queue.changed', data: {}, audience: 'all' }),
  ),
});

const open = (
  options: { joinedAt?: number; had?: { sequence: number; count: number }; agentId?: string } = {},
) => {
  const sent: string[] = [];
  const closed: CloseReason[] = [];
  const sink = {
    backlogBytes: 0,
    send: (frame: Frame) => void sent.push(frame.cursor),
    close: (reason: CloseReason) => void closed.push(reason),
  };
  const viewer = { tenantId: 't', agentId: options.agentId ?? 'ana', isSupervising: false };
  return {
    session: new StaffSession(viewer, sink, 'e', options.joinedAt ?? 10, options.had),
    sink,
    sent,
    closed,
  };
};

describe("a client's stream", () => {
  it('hears live what comes, and not what was there before it came', () => {
    const { session, sent } = open();
    session.goLive();
    for (const sequence of [9, 10, 11, 12]) session.hear(heard(sequence));
    expect(sent).toEqual(['e-11.0', 'e-12.0']);
  });

  it('tells the history first and then what came meanwhile, nothing twice', () => {
    const { session, sent } = open();
    session.hear(heard(11));
    session.tell(heard(9));
    session.hear(heard(12));
    session.tell(heard(10));
    session.goLive();
    session.hear(heard(13));
    expect(sent).toEqual(['e-9.0', 'e-10.0', 'e-11.0', 'e-12.0', 'e-13.0']);
  });

  it('goes on in the middle of an event that was half told, in the history or live', () => {
    const past = open({ had: { sequence: 9, count: 1 } });
    past.session.tell(heard(9, 2));
    past.session.tell(heard(10, 2));
    expect(past.sent).toEqual(['e-9.1', 'e-10.0', 'e-10.1']);
    const live = open({ joinedAt: 10, had: { sequence: 11, count: 1 } });
    live.session.goLive();
    live.session.hear(heard(11, 2));
    expect(live.sent).toEqual(['e-11.1']);
  });

  it('tells nobody what is not for them', () => {
    const { session, sent } = open({ agentId: 'bob' });
    session.goLive();
    const frame = new Frame('e-11', { type: 'offer.created', data: {}, audience: ['ana'] });
    session.hear({ epoch: 'e', sequence: 11, frames: [frame] });
    expect(sent).toEqual([]);
  });

  it('ends for a client that does not read, with a reason', () => {
    const { session, sink, sent, closed } = open();
    session.goLive();
    session.hear(heard(11));
    sink.backlogBytes = 2_000_000;
    session.hear(heard(12));
    session.hear(heard(13));
    expect(sent).toEqual(['e-11.0', 'e-12.0']);
    expect(closed).toEqual([TOO_SLOW]);
  });

  it('ends rather than keep without bound what a slow history holds up', () => {
    const { session, closed } = open();
    for (let sequence = 11; sequence < 10_013; sequence += 1) session.hear(heard(sequence));
    expect(closed).toEqual([TOO_SLOW]);
  });

  it('is told that cursors have expired when the stream begins another life, and hears it from there', () => {
    const { session, sent } = open();
    session.goLive();
    session.beginEpoch(heard(0, 1, 'f'));
    session.hear(heard(1, 1, 'f'));
    expect(sent).toEqual(['f-0.0', 'f-1.0']);
  });

  it('hears nothing by the numbers of another life, whichever comes late', () => {
    const { session, sent } = open();
    session.goLive();
    session.hear(heard(900, 1, 'f'));
    session.beginEpoch(heard(0, 1, 'f'));
    session.hear(heard(6635));
    session.hear(heard(1, 1, 'f'));
    session.beginEpoch(heard(1, 1, 'f'));
    expect(sent).toEqual(['f-0.0', 'f-1.0']);
  });

  it('comes back for its history when the life that it is read of is over', () => {
    const { session, closed } = open();
    session.loseHistory('e');
    expect(closed).toEqual([]);
    session.loseHistory('f');
    expect(closed).toEqual([RESYNC]);
  });

  it('waits in its history for a client to take what it was told', async () => {
    const { session, sink } = open();
    sink.backlogBytes = 500_000;
    let isDone = false;
    const pace = session.keepPace().then(() => (isDone = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isDone).toBe(false);
    sink.backlogBytes = 0;
    await pace;
    expect(isDone).toBe(true);
  });
});
