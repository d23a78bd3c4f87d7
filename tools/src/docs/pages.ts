import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A page of the documentation, by its path from the root of the checkout. */
export interface Page {
  readonly path: string;
  readonly text: string;
  /** Without what stands in fences. */
  readonly prose: string;
}

const PAGES = ['README.md', 'docs/*.md', 'docs/adr/*.md', 'docs/reference/*.md', 'clients/*/README.md'];

export const readPages = (checkout: string): Page[] =>
  PAGES.flatMap((pattern) => globSync(pattern, { cwd: checkout }))
    .sort()
    .map((path) => {
      const text = readFileSync(join(checkout, path), 'utf8');
      return { path, text, prose: text.replace(/^( *)(```+)[^\n]*\n[\s\S]*?^\1\2 *$/gm, '') };
    });

/** A link as it was written, and where it leads from the root of the checkout. */
export interface Link {
  readonly written: string;
  readonly path: string;
  readonly anchor: string | undefined;
}

/** The links of a page that lead into the checkout. */
export const linksOf = ({ path, prose }: Page): Link[] =>
  [...prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g), ...prose.matchAll(/(?:src|href)="([^"]+)"/g)]
    .map(([, target]) => target as string)
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
    .map((written) => {
      const [file = '', anchor] = written.split('#', 2);
      return {
        written,
        anchor,
        path: file === '' ? path : join(dirname(path), decodeURI(file)).replace(/\/$/, ''),
      };
    });

/** The anchors that a page's headings have where it is shown as HTML: lower case, no punctuation, hyphens for spaces. */
export const anchorsOf = ({ prose }: Page): ReadonlySet<string> => {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose.matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '');
    const slug = plain
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let anchor = slug;
    for (let again = 1; anchors.has(anchor); again += 1) anchor = `${slug}-${again}`;
    anchors.add(anchor);
  }
  return anchors;
};

/** What stands in backticks, in prose and in fences. */
export const codeIn = ({ text }: Page): string[] => [
  ...[...text.matchAll(/^ *```+[^\n]*\n([\s\S]*?)^ *```+ *$/gm)].map(([, block]) => block as string),
  ...[...text.replace(/^ *```+[^\n]*\n[\s\S]*?^ *```+ *$/gm, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, code]) => code as string,
  ),
];

/** The fenced blocks of one language. */
export const blocksOf = ({ text }: Page, language: string): string[] =>
  [...text.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]*?)^\\1\`\`\``, 'gm'))].map(
    ([, , block]) => block as string,
  );
