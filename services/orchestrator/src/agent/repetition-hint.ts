const LONGEST_QUOTE = 1000;

/** An answer of this agent that must not go out, since it says what was said before. */
export interface RefusedAnswer {
  /** As the model gave it. */
  readonly text: string;
  /** How many thoughts led to it. */
  readonly thoughts: number;
  /** The reply that was made of it. */
  readonly reply: string;
  /** `echo`: it is what the customer said, else what we said before. */
  readonly kind: 'exact' | 'near' | 'echo' | 'guided';
  /** What a person of the team wants instead. */
  readonly guidance?: string | undefined;
}

/** What the model is told of it. */
export const repetitionHint = ({ reply, kind, guidance }: RefusedAnswer): string => {
  const quote = `"${reply.length > LONGEST_QUOTE ? `${reply.slice(0, LONGEST_QUOTE).toWellFormed()}…` : reply}"`;
  if (kind === 'guided')
    return `A person of our team read this answer and did not send it: ${quote}. They say: ${guidance ?? 'Write another one.'} Answer the customer again with that in mind.`;
  const why =
    kind === 'echo'
      ? `This answer only repeats the customer's own words: ${quote}.`
      : `You have told the customer this before, in these or nearly these words: ${quote}.`;
  return `${why} It was not sent. Do not repeat it. Answer what the customer asks now: say what is new, or ask for what you need to know, or hand over to a person.`;
};
