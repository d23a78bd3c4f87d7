/** What Baton itself says in a consultation. */
export const openingText = (about: {
  readonly agentName: string;
  readonly startedBy: string;
  readonly isPending: boolean;
  readonly pausesRun: boolean;
}): string => {
  const what = about.isPending
    ? 'It waits for a decision, and goes on waiting: talking about it changes nothing.'
    : about.pausesRun
      ? 'Its run stops at the next step, and goes on when this ends.'
      : 'Nothing is at work: the agent answers from what is on record.';
  return `${about.startedBy} talks with the agent ${about.agentName}. ${what} The agent explains, reads and proposes; it does not act here.`;
};

export const SLOW_TEXT = 'The answer takes longer than usual. The agent is still at it.';

export const failureText = (message: string): string =>
  `The agent could not answer: ${message}. The consultation is still open: ask again.`;

export const closingText = (
  cause: 'ended' | 'decided' | 'idle' | 'over',
  openQuestions: number,
  by: string | null,
): string => {
  const unanswered =
    openQuestions === 0
      ? ''
      : ` ${openQuestions === 1 ? 'One question was' : `${openQuestions} questions were`} not answered any more.`;
  return `${closings(cause, by)}${unanswered}`;
};

const closings = (cause: 'ended' | 'decided' | 'idle' | 'over', by: string | null): string => {
  switch (cause) {
    case 'ended':
      return `The consultation was ended${by === null ? '' : ` by ${by}`}.`;
    case 'decided':
      return 'The consultation has ended: what it was about was decided.';
    case 'idle':
      return 'The consultation has ended: nobody said anything for 30 minutes.';
    case 'over':
      return 'The consultation has ended: what it was about is over.';
  }
};
