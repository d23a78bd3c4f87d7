import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  Parser,
} from 'yaml';

/** Where something stands in a file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface YamlProblem extends Place {
  readonly path: string;
  readonly message: string;
}

export type Path = readonly (string | number)[];

/** A YAML file as plain data, with the place of each of its parts. */
export interface YamlSource {
  readonly value: unknown;
  /** Of the part itself, or of the nearest part around it that is written down. */
  placeOf(path: Path): Place;
  /** Of a piece of a text that goes over several lines; of the part where the piece is not found as it stands. */
  placeWithin(path: Path, piece: string): Place;
  /** Of the key, where the part is the value of one. */
  placeOfKey(path: Path): Place;
}

const DEEPEST = 64;
const MOST_WORDS = 50;
/** After aliases are followed; the largest sample has 250. */
const MOST_VALUES = 20_000;
const START: Place = { line: 1, column: 1 };

/** Reads one YAML 1.2 document: syntax errors, duplicate keys, unknown tags and aliases that explode are problems. */
export const readYaml = (
  text: string,
): { readonly source: YamlSource } | { readonly problems: YamlProblem[] } => {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problem = (offset: number, message: string): YamlProblem => ({
    path: '$',
    ...placeAt(offset),
    message,
  });

  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const tooDeep = firstTokenDeeperThan(DEEPEST, tokens);
  if (tooDeep !== undefined)
    return { problems: [problem(tooDeep, `is nested more than ${DEEPEST} levels deep`)] };

  const documents = [...new Composer({ version: '1.2', prettyErrors: false }).compose(tokens)];
  const [document, second] = documents;
  if (!document?.contents) return { problems: [problem(0, 'The file is empty')] };
  const broken = [...document.errors, ...document.warnings].map((error) =>
    problem(error.pos[0], error.message),
  );
  if (second) broken.push(problem(second.range[0], 'Only one document may stand in a file'));
  if (broken.length > 0) return { problems: broken };

  const reader = new ValueReader(document, text, placeAt);
  try {
    const value = reader.read(document.contents, []);
    return { source: { value, ...reader.places } };
  } catch (error) {
    if (error instanceof UnreadableYaml) return { problems: [problem(error.offset, error.message)] };
    throw error;
  }
};

class UnreadableYaml extends Error {
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

/** Makes plain data of a composed document and remembers where each part stands. */
class ValueReader {
  private readonly values = new Map<string, Place>();
  private readonly keys = new Map<string, Place>();
  /** Where texts begin and end that go over several lines. */
  private readonly longTexts = new Map<string, readonly [number, number]>();
  private readonly anchors = new Map<string, Node>();
  private readonly following = new Set<string>();
  private count = 0;

  constructor(
    private readonly document: Document,
    private readonly text: string,
    private readonly placeAt: (offset: number) => Place,
  ) {}

  get places(): Omit<YamlSource, 'value'> {
    const { placeOf, placeWithin, placeOfKey } = this;
    return { placeOf, placeWithin, placeOfKey };
  }

  private readonly placeOf = (path: Path): Place => {
    for (let length = path.length; length > 0; length -= 1) {
      const place = this.values.get(pathKey(path.slice(0, length)));
      if (place) return place;
    }
    return this.values.get(pathKey([])) ?? START;
  };

  private readonly placeWithin = (path: Path, piece: string): Place => {
    const range = this.longTexts.get(pathKey(path));
    if (!range || piece.trim() === '') return this.placeOf(path);
    const [from, to] = range;
    const written = this.text.slice(from, to);
    // A folded text has its line breaks elsewhere: then as many words as stand together must do.
    const words = (piece.trim().split('\n', 1)[0] ?? '').split(' ').slice(0, MOST_WORDS);
    for (let count = words.length; count > 0; count -= 1) {
      const at = written.indexOf(words.slice(0, count).join(' '));
      if (at !== -1) return this.placeAt(from + at);
    }
    return this.placeOf(path);
  };

  private readonly placeOfKey = (path: Path): Place => this.keys.get(pathKey(path)) ?? this.placeOf(path);

  read(node: Node | null, path: Path, aliasedAt?: number): unknown {
    const offset = aliasedAt ?? node?.range?.[0];
    this.count += 1;
    if (this.count > MOST_VALUES)
      throw new UnreadableYaml(offset ?? 0, 'Aliases make this file too large when they are followed');
    if (node === null) return null;
    if (isAlias(node)) return this.follow(node.source, node.range?.[0] ?? 0, path, offset);
    if (node.anchor !== undefined) this.anchors.set(node.anchor, node);
    if (offset !== undefined && !this.values.has(pathKey(path)))
      this.values.set(pathKey(path), this.placeOfPart(node, path, offset));
    if (isScalar(node) && node.range && aliasedAt === undefined) this.keepIfLong(path, node.range);
    if (isMap(node)) return this.readMap(node.items, path, aliasedAt);
    if (isCollection(node))
      return node.items.map((item, index) => this.read(item as Node, [...path, index], aliasedAt));
    return isScalar(node) ? node.value : null;
  }

  private keepIfLong(path: Path, [from, to]: readonly [number, number, number]): void {
    if (this.text.slice(from, to).includes('\n')) this.longTexts.set(pathKey(path), [from, to]);
  }

  private readMap(items: readonly Pair[], path: Path, aliasedAt?: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const { key, value } of items) {
      const offset = aliasedAt ?? (key as Node | null)?.range?.[0] ?? 0;
      if (!isScalar(key) || (typeof key.value === 'object' && key.value !== null))
        throw new UnreadableYaml(offset, 'A key must be plain text');
      const name = String(key.value);
      if (name === '__proto__') throw new UnreadableYaml(offset, `"${name}" cannot be a key`);
      const child = [...path, name];
      this.keys.set(pathKey(child), this.placeAt(offset));
      result[name] = this.read(value as Node | null, child, aliasedAt);
    }
    return result;
  }

  private follow(name: string, at: number, path: Path, offset: number | undefined): unknown {
    const target = this.anchors.get(name);
    if (!target) throw new UnreadableYaml(at, `There is no anchor "${name}" before this alias`);
    if (this.following.has(name))
      throw new UnreadableYaml(at, `The alias "${name}" stands inside its own anchor`);
    this.following.add(name);
    const value = this.read(target, path, offset ?? at);
    this.following.delete(name);
    return value;
  }

  /** A map or list is found at its key: that is the line that names it. */
  private placeOfPart(node: Node, path: Path, offset: number): Place {
    const written = isScalar(node) ? node.range && node.range[1] > node.range[0] : false;
    return (written ? undefined : this.keys.get(pathKey(path))) ?? this.placeAt(offset);
  }
}

const pathKey = (path: Path): string => path.map(String).join('\u0000');

/** Offset of the first token below `depth`, found without recursion: a composer of deep nesting ends the process. */
const firstTokenDeeperThan = (depth: number, tokens: readonly CST.Token[]): number | undefined => {
  const stack: { token: CST.Token; level: number }[] = tokens.map((token) => ({ token, level: 0 })).reverse();
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { token, level } = top;
    if (level > depth) return token.offset;
    const inside: (CST.Token | null | undefined)[] =
      token.type === 'document'
        ? [token.value]
        : 'items' in token
          ? token.items.flatMap((item) => [item.key, item.value])
          : [];
    const next = token.type === 'document' ? level : level + 1;
    for (const child of inside.reverse()) if (child) stack.push({ token: child, level: next });
  }
  return undefined;
};
