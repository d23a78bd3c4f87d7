import type { MemoryHit, MessageView } from '@baton/contracts';

import { withoutVerbatim } from './without-verbatim.js';

const hit = (memory_id: string, kind: MemoryHit['kind'], conversation_id: string, turn_number: number) =>
  ({ memory_id, kind, content: 'x', score: 1, source: { conversation_id, turn_number } }) satisfies MemoryHit;

const message = (turn_number: number | null) => ({ turn_number }) as MessageView;

describe('memories beside messages', () => {
  const recent = [message(7), message(8), message(8), message(9)];
  const left = (...hits: MemoryHit[]) =>
    withoutVerbatim(hits, 'conv_1', recent).map(({ memory_id }) => memory_id);

  it('are not of turns that are shown as they were said', () => {
    expect(left(hit('old', 'turn', 'conv_1', 3), hit('shown', 'turn', 'conv_1', 8))).toEqual(['old']);
  });

  it('are of the oldest turn shown, whose beginning may be missing', () => {
    expect(left(hit('half shown', 'turn', 'conv_1', 7))).toEqual(['half shown']);
  });

  it('are facts, and turns of other conversations, whatever their number', () => {
    expect(left(hit('fact', 'fact', 'conv_1', 8), hit('elsewhere', 'turn', 'conv_2', 8))).toEqual([
      'fact',
      'elsewhere',
    ]);
  });
});
