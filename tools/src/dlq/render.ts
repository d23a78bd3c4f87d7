import { isSealed } from '@baton/event-store';

import type { Letter } from './letter.js';

const SEALED = '[sealed]';
const REASON_WIDTH = 60;

/** Columns as wide as what stands in them; the last one is cut, the others never. */
export const table = (letters: readonly Letter[]): string => {
  if (letters.length === 0) return 'No dead letters.';
  const rows = [
    ['ID', 'STATE', 'CONSUMER', 'TENANT', 'STREAM', 'EVENT', 'TRIES', 'WAITING', 'PARKED', 'REASON'],
    ...letters.map((letter) => [
      letter.id,
      stateOf(letter),
      letter.consumer,
      letter.tenant_id,
      `${letter.stream_type}/${letter.stream_id}@${letter.version}`,
      letter.type,
      String(letter.attempts),
      letter.waiting === null ? '?' : String(letter.waiting),
      letter.parked_at.slice(0, 19).replace('T', ' '),
      cut(oneLine(letter.reason), REASON_WIDTH),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

/** One letter and its event, for a person. */
export const details = (letter: Letter, event: object | null): string => {
  const lines = [
    ['id', letter.id],
    ['state', stateOf(letter)],
    ['consumer', letter.consumer],
    ['tenant', letter.tenant_id],
    ['stream', `${letter.stream_type}/${letter.stream_id} at version ${letter.version}`],
    ['event', letter.type],
    ['tries', String(letter.attempts)],
    ['waiting', letter.waiting === null ? 'not known' : `${letter.waiting} later events of its stream`],
    ['parked', letter.parked_at],
    ['reason', oneLine(letter.reason)],
    ...(letter.asked
      ? [
          [
            'asked',
            `${letter.asked.what} by ${letter.asked.by} at ${letter.asked.at}` +
              (letter.asked.reason === null ? '' : `: ${oneLine(letter.asked.reason)}`),
          ],
        ]
      : []),
  ];
  return [
    ...lines.map(([name = '', value = '']) => `${name.padEnd(10)}${value}`),
    '',
    event ? JSON.stringify(event, null, 2) : 'Its event is not in the log.',
  ].join('\n');
};

/** The data with each sealed field as `[sealed]`: ciphertext tells a reader nothing, and fills the screen. */
export const withoutCiphertext = (data: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(data).map(([name, value]) => [name, isSealed(value) ? SEALED : value]));

const stateOf = (letter: Letter): string =>
  letter.state === 'open' ? 'open' : (letter.outcome ?? `${letter.asked?.what ?? ''} asked`);

/** Reasons quote what others wrote: nothing in them may move the terminal's cursor. */
// eslint-disable-next-line no-control-regex
const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1)}…`;
