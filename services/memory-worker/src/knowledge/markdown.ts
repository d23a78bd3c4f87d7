/** A section of a Markdown document: the text between two headings. */
export interface Section {
  /** Headings from the document's own title down to this section's. */
  readonly headings: readonly string[];
  /** Paragraphs, list items and code blocks, without Markdown's marks. */
  readonly blocks: readonly string[];
}

export interface MarkdownDocument {
  readonly title: string;
  readonly sections: readonly Section[];
}

const HEADING = /^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const LIST_ITEM = /^\s*(?:[-*+]|\d{1,9}[.)])\s+/;
const TABLE_ROW = /^\s*\|.*\|\s*$/;
const TABLE_RULE = /^\s*\|?[\s:|-]+\|[\s:|-]*$/;

/** Splits Markdown at its headings and takes the marks away: what is searched and quoted is plain text. */
export const parseMarkdown = (source: string, fallbackTitle: string): MarkdownDocument => {
  const reader = new SectionReader();
  let fence: string | undefined;
  for (const line of withoutFrontMatter(source).split(/\r?\n/)) {
    const marker = FENCE.exec(line)?.[1];
    if (fence !== undefined) {
      if (marker?.startsWith(fence) && line.trim() === marker) fence = undefined;
      else reader.addLine(line.trimEnd());
    } else if (marker !== undefined) {
      fence = marker;
    } else {
      readLine(reader, line);
    }
  }
  const sections = reader.end();
  return { title: sections[0]?.headings[0] ?? fallbackTitle, sections };
};

const readLine = (reader: SectionReader, line: string): void => {
  const heading = HEADING.exec(line);
  if (heading) return reader.startSection(heading[1]?.length ?? 1, plain(heading[2] ?? ''));
  if (line.trim() === '' || TABLE_RULE.test(line)) return reader.endBlock();
  const isItem = LIST_ITEM.test(line);
  if (isItem) reader.endBlock();
  if (TABLE_ROW.test(line)) reader.addLine(plain(line));
  else reader.addText(plain(isItem ? line.replace(LIST_ITEM, '- ') : line));
};

class SectionReader {
  private readonly sections: Section[] = [];
  private path: { level: number; text: string }[] = [];
  private blocks: string[] = [];
  private lines: string[] = [];

  startSection(level: number, text: string): void {
    this.endSection();
    this.path = [...this.path.filter((heading) => heading.level < level), { level, text }];
  }

  /** A line that stays one: of code, of a table. */
  addLine(line: string): void {
    this.lines.push(line);
  }

  /** A line that an editor may have wrapped: the paragraph goes on. */
  addText(line: string): void {
    const last = this.lines.pop();
    this.lines.push(last === undefined ? line : `${last} ${line}`);
  }

  endBlock(): void {
    const block = this.lines.join('\n').trim();
    if (block !== '') this.blocks.push(block);
    this.lines = [];
  }

  end(): Section[] {
    this.endSection();
    return this.sections;
  }

  private endSection(): void {
    this.endBlock();
    if (this.blocks.length > 0) {
      this.sections.push({ headings: this.path.map((heading) => heading.text), blocks: this.blocks });
    }
    this.blocks = [];
  }
}

const withoutFrontMatter = (source: string): string =>
  source.replace(/^\uFEFF/, '').replace(/^---\r?\n[\s\S]*?\r?\n---\r?\n/, '');

/** Links become their text, emphasis and code lose their marks, table cells are set apart by commas. */
const plain = (line: string): string =>
  line
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/<(https?:[^>\s]+)>/g, '$1')
    .replace(/(\*\*|__)(?=\S)(.*?\S)\1/g, '$2')
    .replace(/(?<![\w*])\*(?=\S)([^*]*\S)\*(?![\w*])/g, '$1')
    .replace(/(?<!\w)_(?=\S)([^_]*\S)_(?!\w)/g, '$1')
    .replace(/`([^`]*)`/g, '$1')
    .replace(/^\s*>\s?/, '')
    .replace(/^\s*\||\|\s*$/g, '')
    .replace(/\s*\|\s*/g, ', ')
    .trim();
