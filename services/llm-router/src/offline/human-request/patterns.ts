/** How customers ask for a person, by language; each is tried on the whole message, in lower case. */
const PERSON_EN =
  '(?:human(?:s| being)?|person|real one|agents?|representatives?|reps?|operators?|advis[eo]rs?|assistants? that is human|staff(?: member)?|employees?|colleagues?|managers?|supervisors?|specialists?|support team|customer (?:service|support|care)|somebody|someone|people|consultant|team member|member of (?:the |your )?(?:staff|team)|(?:support|service|sales|live) agent)';
const NOT_SOMEONE_ELSE =
  '(?!\\s+(?:else|in my|at my|for me|on my|from my|who (?:lives|bought|ordered|sold|stole|has)|in (?!charge|here|support)|from (?!your|the|support|customer)|under|over|to (?:sign|install|pick|collect|repair|install|carry|deliver)))';

const ASKING: readonly RegExp[] = [
  // English
  new RegExp(
    `\\b(?:talk|speak|chat|connect|connected|transfer|transferred|put|pass|hand|handed|escalate|forward|switch|switched|reach|get me|got|give me|send me|bring me|want|need|like|call|prefer|have|see|get)\\b[^.?!]{0,28}?\\b(?:an?|some|any|the|your|with|to|real|live|actual|another)\\s+(?:${PERSON_EN})\\b${NOT_SOMEONE_ELSE}`,
  ),
  /\b(?:real|live|actual|human)\s+(?:human|person|agent|people|representative|rep|operator|someone|support|help|assistance|being|employee|advisor)\b/,
  /\b(?:someone|somebody|anyone|anybody|person)\s+(?:real|human|alive|who(?:'s| is) (?:real|human|alive|not a (?:bot|robot|machine)))\b/,
  /\b(?:talk|speak|chat)(?:ing)?\s+(?:to|with)\s+(?:someone|somebody|a human|humans|people|an agent|staff|support|your team)\b(?!\s+(?:else|at|in|from|about it at))/,
  /^\W*(?:please\s+)?(?:human|agent|operator|representative|person|live agent|real person|customer service|advisor)(?:\s+(?:please|now|asap))?\W*$/,
  /\b(?:human|agent|operator|representative|real person)(?:\s*,)?\s+(?:please|now|asap)\b/,
  /\b(?:don'?t|do not|not|no|stop|hate|tired of|sick of|fed up with|enough of|instead of|rather than)\b[^.?!]{0,30}\b(?:talk(?:ing)? (?:to|with)|chat(?:ting)? (?:to|with)|deal(?:ing)? with|speak(?:ing)? (?:to|with)|this|these|an?|your|with)\b[^.?!]{0,14}\b(?:bots?|robots?|machines?|ai|chatbots?|computer|automat\w*)\b/,
  /\bis (?:there|anyone|anybody) (?:an? )?(?:actual |real |live )?(?:human|person|anyone|anybody|someone)\b[^.?!]{0,12}\b(?:there|here|i can (?:talk|speak)|available|to (?:talk|speak))/,
  /\b(?:let me (?:talk|speak)|i(?:'d| would) (?:rather|like to) (?:talk|speak)) (?:to|with) (?!you\b)(?:an? |some|your |the )?(?:human|person|agent|rep|manager|supervisor|staff|team|someone|somebody|one|people|colleague)/,
  /\b(?:someone|somebody|anyone|a person|anybody)\s+(?:who|that)\s+(?:can|could|is able to|actually|really|will)\b[^.?!]{0,12}\b(?:help|understand|assist|do something)/,
  /\b(?:have|ask|let|can|could|get)\s+(?:someone|somebody|a person|an agent|your team)\b[^.?!]{0,20}\b(?:contact|call|phone|ring|get back to|reach out to)\s+me\b/,
  /\b(?:transfer|escalate|hand) (?:me|this|it)(?: over)?(?: please)?\W*$/,
  // Only the word, with a please.
  /^\W*(?:(?:bitte|por favor|s'il vous pla[iî]t|per favore|alsjeblieft|graag)\W+)?(?:einen? |un |una |een |um |uma )?(?:mensch|mitarbeiter(?:in)?|berater(?:in)?|humano|agente|persona|operador(?:a)?|humain|conseill(?:er|ère)|operatore|umano|persona reale|atendente|pessoa|medewerker|mens)(?:\W+(?:bitte|por favor|svp|stp|s'il vous pla[iî]t|per favore|alsjeblieft|graag))?\W*$/,
  // German
  /\b(?:mit|an|zu|einen?|einem|einer|echte[nmr]?|richtige[nmr]?)\s+(?:einem |einer |einen |eine[mnr]? |echten |richtigen |menschlichen |jemandem?\s)*(?:mensch(?:en)?|person|mitarbeiter(?:in)?|berater(?:in)?|kundendienst|kundenservice|kundenberater(?:in)?|ansprechpartner(?:in)?|vorgesetzten|kollegen|agenten)\b[^.?!]{0,24}\b(?:sprechen|reden|chatten|verbind\w*|verbunden|weiterleiten|weitergeleitet|durchstellen|schreiben|möchte|will)\b/,
  /\b(?:sprechen|reden|verbinden|weiterleiten|brauche|möchte|will|kann ich)\b[^.?!]{0,30}\b(?:mensch(?:en)?|mitarbeiter(?:in)?|echte[nmr]? person|berater(?:in)?|jemand(?:em|en) (?:echte[nmrs]?|richtige[nmr]?|persönlich|aus dem team))\b(?! kosten)/,
  /\b(?:keine?n?|nicht mit (?:einem|einer|dem))\s+(?:bot|roboter|maschine|chatbot|computer)\b/,
  // Spanish
  /\b(?:hablar|comunicar\w*|chatear|pasar?(?:me)?|pás[ae]me|conect\w+|transfer\w+|atienda|quiero|necesito|contactar)\b[^.?!]{0,30}\b(?:persona|humano|agente|operador(?:a)?|representante|asesor(?:a)?|alguien (?:real|de verdad)|ser humano|encargad[oa]|supervisor(?:a)?)\b/,
  /\bno quiero (?:hablar con|un)\w* (?:un |una )?(?:bot|robot|máquina)\b/,
  // French
  /\b(?:parler|discuter|joindre|contacter|transf[ée]r\w+|passer|passez|mettre en relation|veux|voudrais|besoin)\b[^.?!]{0,32}\b(?:humain|(?:vraie |une )personne|quelqu'un(?: de r[ée]el)?|conseill(?:er|ère)|agent|opérateur|opératrice|responsable)\b(?! de la famille)/,
  /\bpas (?:à |avec |parler à )?un (?:robot|bot|chatbot)\b/,
  // Italian
  /\b(?:parlare|chattare|passar?(?:mi)?|mi passi|metter\w* in contatto|voglio|vorrei|posso|trasferi\w+|bisogno)\b[^.?!]{0,32}\b(?:persona(?: reale| vera)?|umano|operatore|operatrice|qualcuno|agente|addetto|responsabile|assistente umano)\b(?! di famiglia)/,
  // Portuguese
  /\b(?:falar|conversar|passar?|transfer\w+|quero|preciso|contat\w+|ligar)\b[^.?!]{0,30}\b(?:pessoa|humano|atendente|agente|alguém|operador(?:a)?|representante|responsável)\b/,
  // Dutch
  /\b(?:spreken|praten|chatten|doorverbind\w*|verbind\w*|wil|graag|kan ik)\b[^.?!]{0,32}\b(?:mens|medewerker|iemand|persoon|echt persoon|klantenservice|collega|echt mens)\b(?! anders)/,
  /\b(?:een|echte?) (?:mens|medewerker|persoon)\b[^.?!]{0,24}\b(?:spreken|praten|doorverbonden|chatten|aan de lijn)\b/,
  // Polish
  /\b(?:rozmawiać|porozmawiać|połącz\w*|połączyć|chcę|poproszę)\b[^.?!]{0,30}\b(?:człowiekiem|konsultantem|konsultanta|człowieka|osobą|pracownikiem)\b/,
];

/**
 * Sentences that speak of persons and bots without asking for one: whether one must, what a person may do,
 * what someone else said, that one did already.
 */
const NOT_ASKING: readonly RegExp[] = [
  /\b(?:do|does|will|would|must|should) (?:i|we|you|one|he|she) (?:really |still )?(?:have to|need to|must|has to)?\s*(?:talk|speak|chat|call|contact|go through)\b[^.?!]{0,40}\b(?:to|in order to|before|when|if|for)\b/,
  /\b(?:do|would|must|should) (?:i|we) (?:really )?(?:have|need) (?:to|an?)\b/,
  /\b(?:don'?t|do not|no need to|without|rather not|not want to|never) (?:want to |need to |have to |wish to )?(?:talk(?:ing)?|speak(?:ing)?|chat(?:ting)?|call(?:ing)?|be(?:ing)? transferred|be(?:ing)? connected|need|want)\b[^.?!]{0,12}\b(?:to|with)?\s*(?:an?|any|the|another)?\s*(?:human|person|agent|representative|real person|someone|anyone|advisor)\b/,
  /\b(?:i|we|my \w+) (?:already |just |have already |have )?(?:spoke|talked|chatted|spoken) (?:to|with)\b(?![^.?!]*\b(?:again|another|different)\b)/,
  /\b(?:how many|which|what|who are|are your|is your|what do) (?:people|persons|employees|agents|staff|person)\b/,
  /\b(?:can|may|could|is|are|does) (?:a|one|another|each|every|the same|any) person\b/,
  /\b(?:travel|estate|shipping|insurance|cleaning|secret) agents?\b|\bagents? (?:of|provocateur|mode|orange)\b/,
  /\b(?:per|in|each|every|another|other|third|contact|disabled|natural|missing|young|old|elderly) person\b(?!\s+(?:please|now)\b)/,
  /\b(?:human|person(?:al)?) (?:resources|rights|data|size|body|hair|information|details|ear|error)\b/,
  /\b(?:refer|recommend|invite|gift|present)\b[^.?!]{0,20}\b(?:an?|the|to) (?:person|someone|somebody|friend|colleague)\b/,
  /\bwhat (?:is|does|are) (?:an?|the) (?:human|agent|representative|operator|person)\b/,
];

/** Said outright in one of the languages known here; undefined where the words don't tell. */
export const askedInWords = (message: string): boolean | undefined => {
  const text = message.normalize('NFKC').toLowerCase().replace(/[’‘`]/g, "'").replace(/\s+/g, ' ').trim();
  if (NOT_ASKING.some((pattern) => pattern.test(text))) return false;
  return ASKING.some((pattern) => pattern.test(text)) ? true : undefined;
};
