/** A property of an output schema, as far as the offline model looks at it. */
export interface FieldSchema {
  readonly type?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly oneOf?: readonly FieldSchema[];
  readonly anyOf?: readonly FieldSchema[];
  readonly items?: FieldSchema;
  readonly description?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
}

export interface ObjectSchema extends FieldSchema {
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
}

export interface LabelOption {
  readonly value: string;
  readonly description: string | undefined;
}

/** The labels among which a property chooses: an enum, or `const`s with descriptions; empty where it is neither. */
export const labelsOf = (field: FieldSchema): readonly LabelOption[] => {
  if (field.enum?.every((value) => typeof value === 'string'))
    return field.enum.map((value) => ({ value, description: describedIn(field.description, value) }));
  const branches = field.oneOf ?? field.anyOf ?? [];
  const labels: { value: unknown; description: string | undefined }[] = branches.map(
    ({ const: value, description }) => ({ value, description }),
  );
  return labels.length > 0 && labels.every((label): label is LabelOption => typeof label.value === 'string')
    ? labels
    : [];
};

/** "billing: questions about invoices; return: …" in a description says what each label means. */
const describedIn = (description: string | undefined, label: string): string | undefined => {
  if (description === undefined) return undefined;
  const escaped = label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?:^|[\\s;,.(])["'\`]?${escaped}["'\`]?\\s*[:=–—-]\\s*([^;\\n]+)`, 'i')
    .exec(description)?.[1]
    ?.trim();
};

/** A property that asks how sure the model is of the rest. */
export const isConfidence = (name: string, field: FieldSchema): boolean =>
  (field.type === 'number' || field.type === 'integer') &&
  /^(?:confidence|score|probability|certainty)(?:_score)?$|_confidence$/i.test(name);

/** A property whose value may be the message's own words. */
const QUOTING =
  /^(?:reason(?:ing)?|explanation|rationale|summary|quote|evidence|excerpt|snippet|message|text|question|request|topic|description|details?|note|subject)$/i;

const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/;
const ORDER_NUMBER =
  /(?:\border\b|\bno\.?|\bnumber|#)\D{0,12}?((?=[A-Z0-9-]*\d)[A-Z0-9][A-Z0-9-]{2,})\b|\b(\d{4,})\b/i;
const PHONE = /\+?\d[\d\s()/-]{6,}\d/;
const AMOUNT =
  /(?:[€$£]\s*(\d+(?:[.,]\d{1,2})?))|(\d+(?:[.,]\d{1,2})?)\s*(?:€|\$|£|eur|usd|gbp|euros?|dollars?|pounds?)\b/i;

/** What a text itself says under a property's name; undefined where it does not say it. */
export const extractField = (name: string, field: FieldSchema, text: string): string | number | undefined => {
  const wanted = name.toLowerCase();
  if (field.type === 'number' || field.type === 'integer') {
    if (!/amount|price|total|sum|cost|value/.test(wanted)) return undefined;
    const match = AMOUNT.exec(text);
    const amount = match?.[1] ?? match?.[2];
    return amount === undefined ? undefined : Number(amount.replace(',', '.'));
  }
  if (field.type !== 'string') return undefined;
  const found = extractText(wanted, field, text);
  return found !== undefined && fits(found, field) ? found : undefined;
};

const extractText = (name: string, field: FieldSchema, text: string): string | undefined => {
  if (/e-?mail/.test(name)) return EMAIL.exec(text)?.[0];
  if (/phone/.test(name)) return PHONE.exec(text)?.[0];
  if (/order|invoice|ticket|customer_?id|number|_id$|^id$/.test(name)) {
    const match = ORDER_NUMBER.exec(text);
    return match?.[1] ?? match?.[2];
  }
  if (field.pattern !== undefined) return safeMatch(field.pattern, text);
  return QUOTING.test(name) ? text.trim() : undefined;
};

/** A pattern of the schema's, looked for in the text without its anchors. */
const safeMatch = (pattern: string, text: string): string | undefined => {
  try {
    return new RegExp(pattern.replace(/^\^|\$$/g, '')).exec(text.slice(0, 2_000))?.[0];
  } catch {
    return undefined;
  }
};

const fits = (value: string, field: FieldSchema): boolean => value.length >= (field.minLength ?? 0);
