/** What is likely to be somebody's, or a secret; the longer forms first. */
const PERSONAL: readonly (readonly [RegExp, string])[] = [
  [/\b(?:sk|pk|rk|xox[abp]|ghp|gho|AKIA|AIza)[-_A-Za-z0-9]{12,}\b/g, '[secret]'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, '[token]'],
  [/\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/g, '[email]'],
  [/\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g, '[iban]'],
  [/\b(?:\d[ -]?){13,19}\b/g, '[card]'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '[ip]'],
  [/(?<![\w.])(?!\d{4}-\d\d-\d\d)\+?\(?\d{1,4}\)?(?:[ ./-]?\(?\d{2,4}\)?){2,5}(?![\w.])/g, '[phone]'],
];

/** A text without addresses, numbers and secrets that could be told from their form. Names it can't tell. */
export const redact = (text: string): string =>
  PERSONAL.reduce((rest, [pattern, name]) => rest.replace(pattern, name), text);
