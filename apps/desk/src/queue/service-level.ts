/** How a wait stands to the time in which it should be answered. */
export type ServiceLevel = 'good' | 'risk' | 'missed';

/** From this share of the time on, a wait is at risk (`sla.warn_at` of a workflow, unless it says otherwise). */
const RISK_FROM = 0.8;

/** Times in milliseconds since 1970. */
export const serviceLevel = (enqueuedMs: number, dueMs: number, nowMs: number): ServiceLevel => {
  if (nowMs >= dueMs) return 'missed';
  return nowMs - enqueuedMs >= (dueMs - enqueuedMs) * RISK_FROM ? 'risk' : 'good';
};

/** `0:07`, `12:30`, `1:02:03`; never negative. */
export const asClock = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
};
