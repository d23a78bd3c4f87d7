import { SECRET_KINDS, type SecretKind } from './secret-kinds.js';

/** A secret where none belongs. Never the secret itself. */
export interface Finding {
  /** The file, table or stream. */
  readonly place: string;
  readonly kind: string;
  /** The field before it, where its text has fields. */
  readonly near?: string;
}

/** How much of a chunk is looked at again with the next one: the longest secret that lies across both. */
const OVERLAP = 4_096;
/** A line that is longer is looked at in parts. */
const LONGEST_LINE = 16 * 1024 * 1024;
/** How PostgreSQL writes bytes as text. */
const HEX = /\\x((?:[0-9a-f]{2}){16,})/g;
const FIELD_BEFORE = /([A-Za-z_][\w.-]{1,60})["\\]*\s*[:=]\s*["\\]*(?:(?:[Bb]earer|[Bb]asic) )?$/;

/** Looks for secrets in one pass, however much there is. */
export class SecretScan {
  /** Read so far. */
  bytes = 0;
  places = 0;
  private readonly found = new Map<string, Finding>();
  private readonly kinds: readonly SecretKind[];
  private readonly pattern: RegExp;

  /** @param known values with their names, to be found wherever they are */
  constructor(known: ReadonlyMap<string, string> = new Map()) {
    this.kinds = [...SECRET_KINDS, ...[...known].map(knownKind)];
    this.pattern = new RegExp(this.kinds.map(({ pattern }) => `(${pattern})`).join('|'), 'g');
  }

  get findings(): readonly Finding[] {
    return [...this.found.values()];
  }

  text(place: string, text: string): void {
    this.places += 1;
    this.bytes += Buffer.byteLength(text);
    this.look(place, Buffer.from(text).toString('latin1'));
  }

  /** @param cutAt where what was read may be cut: `line` where each line is a whole, `byte` elsewhere */
  async stream(place: string, chunks: AsyncIterable<Buffer>, cutAt: 'line' | 'byte' = 'byte'): Promise<void> {
    this.places += 1;
    let text = '';
    for await (const chunk of chunks) {
      this.bytes += chunk.length;
      text += chunk.toString('latin1');
      const cut = cutAt === 'line' ? text.lastIndexOf('\n') + 1 : Math.max(0, text.length - OVERLAP);
      if (cutAt === 'line' && cut === 0 && text.length < LONGEST_LINE) continue;
      this.look(place, text);
      text = text.slice(cutAt === 'line' && cut === 0 ? -OVERLAP : cut);
    }
    this.look(place, text);
  }

  private look(place: string, text: string): void {
    this.match(place, text);
    for (const [, hex] of text.matchAll(HEX))
      this.match(place, Buffer.from(hex as string, 'hex').toString('latin1'));
  }

  private match(place: string, text: string): void {
    for (const match of text.matchAll(this.pattern)) {
      const index = match.slice(1).findIndex((group) => group !== undefined);
      const { name, isOne } = this.kinds[index] as SecretKind;
      if (isOne && !isOne(match[0])) continue;
      const [, near] = FIELD_BEFORE.exec(text.slice(Math.max(0, match.index - 100), match.index)) ?? [];
      const finding = { place, kind: name, ...(near !== undefined && { near }) };
      this.found.set(JSON.stringify(finding), finding);
    }
  }
}

/** As it is, and as JSON writes it. */
const knownKind = ([value, name]: readonly [string, string]): SecretKind => {
  const bytes = Buffer.from(value).toString('latin1');
  const forms = new Set([bytes, JSON.stringify(bytes).slice(1, -1)]);
  return { name, pattern: [...forms].map(escaped).join('|') };
};

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
