import { estimateWaitSeconds, type QueuePace } from './estimate.js';

const pace = (changes: Partial<QueuePace> = {}): QueuePace => ({
  samples: 20,
  meanAcceptSeconds: 8,
  meanHandlingSeconds: 300,
  onlineSlots: 6,
  freeSlots: 0,
  ...changes,
});

describe('the estimated wait', () => {
  it('is a minute a place while too little is known, or nobody is there', () => {
    expect(estimateWaitSeconds(3, pace({ samples: 4 }))).toBe(180);
    expect(estimateWaitSeconds(2, pace({ onlineSlots: 0 }))).toBe(120);
  });

  it('grows with the place by the handling time that the online slots share', () => {
    expect(estimateWaitSeconds(1, pace())).toBe(58);
    expect(estimateWaitSeconds(4, pace())).toBe(208);
  });

  it('is the time to answer where a slot is free', () => {
    expect(estimateWaitSeconds(2, pace({ freeSlots: 2 }))).toBe(8);
    expect(estimateWaitSeconds(3, pace({ freeSlots: 2 }))).toBe(58);
  });
});
