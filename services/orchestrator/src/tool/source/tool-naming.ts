const LONGEST_NAME = 100;
const LONGEST_DESCRIPTION = 4000;

/** What a stranger calls its tool, as it stands behind `<source>.`: letters, digits, `_` and `-`. */
export const nameIn = (source: string, foreignName: string): string => `${source}.${ownName(foreignName)}`;

/** Without the source. */
export const ownName = (foreignName: string): string =>
  foreignName
    .replaceAll(/[^A-Za-z0-9_-]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, LONGEST_NAME);

/** A stranger's words for the model, no longer than a model should have to read. */
export const describedAs = (...texts: readonly (string | undefined)[]): string =>
  texts
    .map((text) => text?.trim() ?? '')
    .filter((text) => text !== '')
    .join('\n\n')
    .slice(0, LONGEST_DESCRIPTION)
    .toWellFormed();

export interface Choice {
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}

/** Whether a source's file lets a tool of it in. */
export const isChosen = (name: string, { include, exclude }: Choice): boolean =>
  (include?.includes(name) ?? true) && !(exclude?.includes(name) ?? false);
