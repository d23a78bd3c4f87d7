/** What needs no knowledge to answer. */
export type SmallTalk = 'greeting' | 'thanks' | 'goodbye' | 'wellbeing' | 'identity' | 'acknowledgement';

interface Language {
  readonly said: Partial<Record<SmallTalk, RegExp>>;
  readonly answers: Partial<Record<SmallTalk, string>>;
}

const FRIEND = String.raw`(?: (?:there|all|everyone|team|again|folks|sir|madam|guys))?`;

/** Whole messages, in lower case and without marks; the first language that fits answers. */
const LANGUAGES: readonly Language[] = [
  {
    said: {
      greeting: new RegExp(
        `^(?:(?:hello|hi|hiya|hey|howdy|greetings|yo)${FRIEND}|good (?:morning|afternoon|evening|day)${FRIEND})$`,
      ),
      thanks:
        /^(?:(?:ok(?:ay)?|great|perfect|cool|super|alright) )?(?:many )?(?:thanks|thank you|thx|ty|cheers)(?: (?:a lot|so much|very much|again|for (?:your|the) help|bye))*$/,
      goodbye:
        /^(?:good ?bye|bye(?: bye)?|see you(?: later| soon)?|have a (?:nice|good|great) (?:day|evening|weekend)|that is all|that's all|good night)(?: (?:thanks|thank you))?$/,
      wellbeing: /^(?:(?:hello|hi|hey) )?how (?:are you(?: doing)?|is it going|do you do)(?: today)?$/,
      identity:
        /^(?:(?:hello|hi|hey) )?(?:who|what) (?:are|r) (?:you|u)$|^are you (?:a )?(?:bot|robot|human|person|real(?: person)?|machine|ai|an ai|chatbot)$|^what can you (?:do|help (?:me )?with)$|^how can you help(?: me)?$/,
      acknowledgement:
        /^(?:ok(?:ay)?|great|perfect|cool|super|nice|alright|got it|i see|understood|sounds good|wonderful)$/,
    },
    answers: {
      greeting: 'Hello! What can I help you with?',
      thanks: "You're welcome. Is there anything else I can help with?",
      goodbye: 'Goodbye, and thank you for writing.',
      wellbeing: 'All is well here, thank you. What can I help you with?',
      identity:
        "I'm an automated assistant. I answer from our help pages, and hand over to a person where they don't have the answer.",
      acknowledgement: 'Is there anything else I can help with?',
    },
  },
  {
    said: {
      greeting: /^(?:hallo|guten (?:tag|morgen|abend)|moin(?: moin)?|servus|grüß gott|grüezi)$/,
      thanks: /^(?:vielen |herzlichen )?dank(?:e|eschön)?(?: (?:schön|dir|ihnen))?$/,
      goodbye: /^(?:tschüss|tschüß|auf wiedersehen|schönen tag(?: noch)?)$/,
    },
    answers: {
      greeting: 'Hallo! Womit kann ich helfen?',
      thanks: 'Gern geschehen. Kann ich noch etwas für Sie tun?',
      goodbye: 'Auf Wiedersehen, und danke für Ihre Nachricht.',
    },
  },
  {
    said: {
      greeting: /^(?:hola|buenos días|buenos dias|buenas(?: tardes| noches)?)$/,
      thanks: /^(?:muchas )?gracias$/,
      goodbye: /^(?:adiós|adios|hasta luego)$/,
    },
    answers: {
      greeting: '¡Hola! ¿En qué puedo ayudarle?',
      thanks: 'De nada. ¿Puedo ayudarle en algo más?',
      goodbye: 'Adiós, y gracias por escribirnos.',
    },
  },
  {
    said: {
      greeting: /^(?:bonjour|bonsoir|salut|coucou)$/,
      thanks: /^merci(?: beaucoup)?$/,
      goodbye: /^(?:au revoir|bonne journée)$/,
    },
    answers: {
      greeting: 'Bonjour ! Comment puis-je vous aider ?',
      thanks: 'Je vous en prie. Puis-je vous aider pour autre chose ?',
      goodbye: 'Au revoir, et merci pour votre message.',
    },
  },
  {
    said: {
      greeting: /^(?:ciao|buongiorno|buonasera|salve)$/,
      thanks: /^(?:grazie(?: mille)?|molte grazie)$/,
      goodbye: /^arrivederci$/,
    },
    answers: {
      greeting: 'Buongiorno! Come posso aiutarla?',
      thanks: 'Prego. Posso aiutarla con altro?',
      goodbye: 'Arrivederci, e grazie per averci scritto.',
    },
  },
  {
    said: { greeting: /^(?:olá|ola|oi|bom dia|boa tarde|boa noite)$/, thanks: /^(?:muito )?obrigad[oa]$/ },
    answers: { greeting: 'Olá! Como posso ajudar?', thanks: 'De nada. Posso ajudar em mais alguma coisa?' },
  },
  {
    said: {
      greeting: /^(?:hoi|goedemorgen|goedemiddag|goedenavond|goedendag)$/,
      thanks: /^(?:bedankt|dank (?:u|je)(?: wel)?)$/,
    },
    answers: {
      greeting: 'Hallo! Waarmee kan ik helpen?',
      thanks: 'Graag gedaan. Kan ik nog ergens mee helpen?',
    },
  },
  {
    said: { greeting: /^(?:cześć|dzień dobry|dobry wieczór)$/, thanks: /^(?:dziękuję|dzięki)$/ },
    answers: {
      greeting: 'Dzień dobry! W czym mogę pomóc?',
      thanks: 'Nie ma za co. Czy mogę jeszcze w czymś pomóc?',
    },
  },
];

const LONGEST = 80;

/** The answer to a message that is nothing but small talk; undefined for one that says or asks anything more. */
export const answerSmallTalk = (message: string): string | undefined => {
  if (message.length > LONGEST) return undefined;
  const said = message
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/[^\p{L}\p{N}' ]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  for (const { said: patterns, answers } of LANGUAGES)
    for (const [kind, pattern] of Object.entries(patterns) as [SmallTalk, RegExp][])
      if (pattern.test(said)) return answers[kind];
  return undefined;
};
