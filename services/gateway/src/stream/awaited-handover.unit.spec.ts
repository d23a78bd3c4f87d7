import { awaitedHandover } from './awaited-handover.js';

describe('the hand-over that waits for a person', () => {
  const behind = (...events: readonly [type: string, handoverId?: string][]): string | null =>
    events.reduce<string | null>(
      (before, [type, handover_id]) =>
        awaitedHandover(before, { type: `conversation.${type}`, data: { handover_id } }),
      null,
    );

  it.each([
    [[['message_received']], null],
    [[['handed_over', 'ho_1'], ['message_received']], 'ho_1'],
    [
      [
        ['handed_over', 'ho_1'],
        ['assigned', 'ho_1'],
      ],
      null,
    ],
    [
      [
        ['handed_over', 'ho_1'],
        ['assigned', 'ho_1'],
        ['released', 'ho_1'],
      ],
      'ho_1',
    ],
    [
      [
        ['handed_over', 'ho_1'],
        ['assigned', 'ho_1'],
        ['transferred', 'ho_2'],
      ],
      'ho_2',
    ],
    [
      [
        ['handed_over', 'ho_1'],
        ['handover_cancelled', 'ho_1'],
        ['handed_over', 'ho_2'],
      ],
      'ho_2',
    ],
    [
      [
        ['handed_over', 'ho_1'],
        ['resolved', 'ho_1'],
      ],
      null,
    ],
    [
      [
        ['handed_over', 'ho_1'],
        ['returned_to_ai', 'ho_1'],
      ],
      null,
    ],
  ] as [[string, string?][], string | null][])('behind %j is %s', (events, expected) => {
    expect(behind(...events)).toBe(expected);
  });
});
