/** Said of each place in the queue while too little has happened lately to know better. */
export const FALLBACK_SECONDS_PER_POSITION = 60;
/** Fewer answered handovers than this in the last hour say nothing yet. */
export const ENOUGH_SAMPLES = 5;

/** What happened in the last hour, and who is there now. */
export interface QueuePace {
  readonly samples: number;
  /** From being asked for to being answered, where somebody was free. */
  readonly meanAcceptSeconds: number;
  /** From being answered to being done. */
  readonly meanHandlingSeconds: number;
  readonly onlineSlots: number;
  readonly freeSlots: number;
}

/**
 * Seconds until the item at `position` (from 1) has a human: the time to be answered, and for those behind the free
 * slots a share of the handling time of those before them. With nobody online, or too little known, a minute a place.
 */
export const estimateWaitSeconds = (position: number, pace: QueuePace): number => {
  if (pace.samples < ENOUGH_SAMPLES || pace.onlineSlots === 0)
    return position * FALLBACK_SECONDS_PER_POSITION;
  const behindFreeSlots = Math.max(0, position - pace.freeSlots);
  return Math.round(pace.meanAcceptSeconds + (behindFreeSlots * pace.meanHandlingSeconds) / pace.onlineSlots);
};
