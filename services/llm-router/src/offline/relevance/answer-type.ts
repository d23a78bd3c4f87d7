/** What kind of thing a question asks for, and what a text must hold to be an answer to it. */
interface AnswerType {
  readonly question: RegExp;
  readonly answers: readonly RegExp[];
}

const DURATION =
  /\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|an?|few)(?:\s*(?:to|-|–)\s*\d+)?\s+(?:working |business )?(?:second|minute|hour|day|night|week|month|year|session)s?\b/i;
const TIME =
  /\b\d{1,2}(?:[:.]\d\d)?\s*(?:am|pm|h\b|o'clock)|\b\d{1,2}:\d\d|\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b|\b\d{1,2}\s*(?:-|to|–)\s*\d{1,2}\b|\b(?:days?|weeks?|hours?|minutes?|months?|years?|once|ships|when|after|before|until|january|february|march|april|may|june|july|august|september|october|november|december)\b/i;
const MONEY =
  /[€$£%]|\b\d+(?:[.,]\d+)?\s*(?:eur|usd|gbp|p|pounds?|euros?|dollars?|cents?)\b|\bfree\b|\bcosts?\b|\bprice|\bpay\b/i;
const NUMBER =
  /\b\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|up to|unlimited|once|twice|several)\b/i;
const PLACE =
  /\b(?:street|lane|road|square|avenue|station|behind|under|at|in|on|near|building|page|link|website|settings)\b|stra(?:ß|ss)e|https?:|www\.|>|@/i;

/** The first that fits counts: "how long" before "how", "how much time" before "how much". */
const ANSWER_TYPES: readonly AnswerType[] = [
  { question: /\bhow (?:long|soon|fast|quick)|\bhow much time/i, answers: [DURATION, TIME] },
  { question: /\bhow (?:much|expensive)|\b(?:price|costs?|fee|charge)\b/i, answers: [MONEY, NUMBER] },
  {
    question: /\bhow (?:many|often|old|big|large|high|far|late|tall|heavy)/i,
    answers: [NUMBER, DURATION, TIME],
  },
  { question: /\b(?:when|what time|which day|until when)\b/i, answers: [TIME, DURATION] },
  { question: /\bwhere\b/i, answers: [PLACE] },
];

/** Whether the text holds the kind of thing that the question asks for; undefined where it asks for none. */
export const holdsAnswerType = (question: string, text: string): boolean | undefined => {
  const type = ANSWER_TYPES.find((candidate) => candidate.question.test(question));
  return type?.answers.some((pattern) => pattern.test(text));
};
