/**
 * A place in the staff stream: `<epoch>-<stream sequence>`, and `.<n>` where a client has had only the first
 * n notifications of that event. Opaque to clients.
 */
export interface Cursor {
  readonly epoch: string;
  readonly sequence: number;
  /** Notifications of the event at `sequence` that were delivered; undefined: all. */
  readonly delivered?: number;
}

/** What a stream calls its present life, as letters and digits: no `-`, which separates. */
export const epochToken = (epoch: string): string => epoch.replaceAll(/[^0-9A-Za-z]/g, '');

export const formatCursor = ({ epoch, sequence, delivered }: Cursor): string =>
  `${epoch}-${sequence}${delivered === undefined ? '' : `.${delivered}`}`;

const PATTERN = /^([0-9A-Za-z]{1,64})-(\d{1,15})(?:\.(\d{1,3}))?$/;

/** Undefined for a text that no gateway ever gave. */
export const parseCursor = (text: string): Cursor | undefined => {
  const [, epoch, sequence, delivered] = PATTERN.exec(text) ?? [];
  if (epoch === undefined) return undefined;
  return {
    epoch,
    sequence: Number(sequence),
    ...(delivered !== undefined && { delivered: Number(delivered) }),
  };
};

/** What the stream still has. */
export interface StreamRange {
  readonly epoch: string;
  readonly first: number;
  readonly last: number;
}

/** Where to read on, or that what was missed is gone. */
export type Resumption = { readonly from: number; readonly skip: number } | 'expired';

export const resumeFrom = (cursor: Cursor | undefined, range: StreamRange): Resumption => {
  if (!cursor || cursor.epoch !== range.epoch || cursor.sequence > range.last) return 'expired';
  const from = cursor.delivered === undefined ? cursor.sequence + 1 : cursor.sequence;
  if (from < range.first && from <= range.last) return 'expired';
  return { from, skip: cursor.delivered ?? 0 };
};
