/**
 * Whole messages that say nothing but that the wait may end. Looked for while a person is awaited, and nowhere else;
 * whatever says more ("never mind the colour, where is my order?") is a message like any other.
 */
const SAYINGS: readonly RegExp[] = [
  /^(?:oh |ok(?:ay)? |no |actually |well )*(?:never ?mind|nvm|forget (?:about )?it|forget that|cancel (?:it|that|this|(?:my |the )?(?:request|hand ?over|wait))|scrap that)$/,
  /^(?:no |actually )*i (?:do not|dont|don't) (?:want|need|wish) (?:to (?:wait|talk to (?:a |any)(?:human|person|agent|one|body))|(?:a |an )?(?:human|person|agent)|to wait for (?:a |an )?(?:human|person|agent))(?: any ?more| any longer| after all)?$/,
  /^(?:i would |i'd |id )?rather not wait(?: any ?more| any longer)?$/,
  /^(?:i am |i'm |im )?(?:not waiting|tired of waiting|done waiting)(?: any ?more| any longer)?$/,
  /^stop waiting$/,
  /^(?:no (?:human|person|agent) (?:is )?(?:needed|necessary)|no need (?:for (?:a |an )?(?:human|person|agent)|to wait))(?: any ?more| any longer)?$/,
  /^(?:back to|continue with|go on with) the (?:ai|bot|assistant)$/,
  /^(?:ach )?(?:egal|vergiss es|vergessen sie es|schon gut|hat sich erledigt|doch nicht|ich (?:will|möchte) nicht (?:mehr )?warten)$/,
  /^(?:no importa|olv[ií]dalo|d[ée]jalo|ya no hace falta|no quiero esperar(?: m[áa]s)?)$/,
  /^(?:laisse(?:z)? tomber|tant pis|ce n'est plus la peine|je ne veux (?:pas|plus) attendre)$/,
];
/** Politeness around it changes nothing. */
const POLITE =
  /\b(?:thanks?(?: you)?(?: anyway| though)?|thx|please|sorry|danke|bitte|gracias|merci|then)\b/g;
const LONGEST = 80;

/** Whether the customer, who waits for a person, says that they would rather not: in doubt, no. */
export const declinesToWait = (text: string): boolean => {
  if (text.length > LONGEST) return false;
  const plain = text
    .toLowerCase()
    .replace(/[’`´]/g, "'")
    .replace(POLITE, ' ')
    .replace(/[.,!;:…()]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return SAYINGS.some((saying) => saying.test(plain));
};
