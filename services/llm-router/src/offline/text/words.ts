/** Words that say nothing of a text's subject. */
const STOP_WORDS = new Set(
  `a about above after again all also am an and any are aren't as at be because been before being below between both but by
  can can't cannot could couldn't did didn't do does doesn't doing don't down during each either else ever few for from
  further get gets getting give given go goes going gonna got had hadn't has hasn't have haven't having he he's her here hers
  him his how how's however i i'd i'll i'm i've if in into is isn't it it's its itself just let let's like likes made make
  makes many may maybe me might mine more most much must mustn't my myself need needs no nor not now of off ok okay on
  once one only onto or other our ours out over own per please quite rather really same shall she she's should shouldn't
  since so some such than that that's the their theirs them then there there's these they they're thing things this those
  through to too under until up upon us use used using very via want wants was wasn't we we're we've were weren't what
  what's when where which while who whom whose why will with without won't would wouldn't yes yet you you'd you'll you're
  you've your yours hi hello hey dear thanks thank cheers sorry good morning evening afternoon help tell know ask asking
  question wonder wondering possible possibly someone somebody something anyone anybody anything everything nothing today
  currently actually already still always usually happen happens happened u ur r pls plz`.split(/\s+/),
);

/** A word of a text: as it stands, and its stem to compare by. */
export interface Word {
  readonly text: string;
  readonly stem: string;
}

/** Lower-case words and numbers; hyphens join ("wi-fi" is "wifi"), other signs part. */
export const wordsOf = (text: string): Word[] =>
  [
    ...text
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[’‘`]/g, "'")
      .matchAll(/\p{N}+(?:[.,:]\p{N}+)*|[\p{L}](?:[\p{L}\p{N}]|['-](?=\p{L}))*|[€$£%]/gu),
  ].map(([word]) => {
    const joined = word.replace(/-/g, '').replace(/'s$/, '');
    return { text: word, stem: stem(joined) };
  });

export const isStopWord = (word: string): boolean => STOP_WORDS.has(word);

/** The words that carry a text's subject, each stem once, in order. */
export const contentWords = (text: string): Word[] => {
  const seen = new Set<string>();
  return wordsOf(text).filter((word) => {
    if (isStopWord(word.text) || seen.has(word.stem)) return false;
    seen.add(word.stem);
    return true;
  });
};

const IRREGULAR: Readonly<Record<string, string>> = {
  bought: 'buy',
  brought: 'bring',
  paid: 'pay',
  sent: 'send',
  lost: 'lose',
  broke: 'break',
  broken: 'break',
  forgot: 'forget',
  forgotten: 'forget',
  kept: 'keep',
  left: 'leave',
  sold: 'sell',
  told: 'tell',
  took: 'take',
  taken: 'take',
  came: 'come',
  gone: 'go',
  went: 'go',
  chose: 'choose',
  chosen: 'choose',
  got: 'get',
  said: 'say',
  found: 'find',
  held: 'hold',
  lent: 'lend',
  stolen: 'steal',
  stole: 'steal',
  wrote: 'write',
  written: 'write',
  children: 'child',
  people: 'person',
  feet: 'foot',
  teeth: 'tooth',
  men: 'man',
  women: 'woman',
  tyre: 'tire',
  tyres: 'tire',
  cheque: 'check',
  cheques: 'check',
  colour: 'color',
  colours: 'color',
  coloured: 'color',
  programme: 'program',
  instalment: 'installment',
  instalments: 'installment',
  cancelled: 'cancel',
  cancelling: 'cancel',
  cancellation: 'cancel',
  delivery: 'deliver',
  deliveries: 'deliver',
  metre: 'meter',
  metres: 'meter',
  licence: 'license',
  centre: 'center',
  catalogue: 'catalog',
  wlan: 'wifi',
};

/**
 * A light English stemmer: takes off plural, -ed, -ing, -ly and a last e, so that the forms of one word compare
 * equal. Less is better here: a stem that joins two meanings makes an answer look surer than it is.
 */
export const stem = (word: string): string => {
  const irregular = IRREGULAR[word];
  if (irregular !== undefined) return stem(irregular);
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word;
  let root = withoutPlural(word);
  const suffix = /(?:ing|ed|ly)$/.exec(root)?.[0];
  if (
    suffix !== undefined &&
    /[aeiouy]/.test(root.slice(0, -suffix.length)) &&
    root.length - suffix.length > 2
  ) {
    root = root.slice(0, -suffix.length);
    if (/([^aeioulsz])\1$/.test(root)) root = root.slice(0, -1);
  }
  if (root.length > 3 && root.endsWith('e')) root = root.slice(0, -1);
  return root.length > 3 && root.endsWith('y') ? `${root.slice(0, -1)}i` : root;
};

const withoutPlural = (word: string): string => {
  if (/(?:ss|us|is)$/.test(word)) return word;
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:x|ch|sh|ss|zz)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') ? word.slice(0, -1) : word;
};
