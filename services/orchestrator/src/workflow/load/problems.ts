import type { Path, Place, YamlSource } from '../file/yaml-source.js';

/** What is wrong with a workflow file, and where. */
export interface LoadError extends Place {
  /** Dotted, `$` for the whole file. */
  readonly path: string;
  readonly message: string;
}

const MOST_REPORTED = 100;

/** Gathers what is wrong with one file, so that an author hears of everything at once. */
export class Problems {
  private readonly found: LoadError[] = [];

  constructor(private readonly source: YamlSource) {}

  /** About the value at a path; `piece` is what of its text. */
  at(path: Path, message: string, piece?: string): void {
    const place = piece === undefined ? this.source.placeOf(path) : this.source.placeWithin(path, piece);
    this.add(path, place, message);
  }

  /** About the key at a path: one that should not be there. */
  atKey(path: Path, message: string): void {
    this.add(path, this.source.placeOfKey(path), message);
  }

  get any(): boolean {
    return this.found.length > 0;
  }

  /** In the order of the file. */
  get errors(): readonly LoadError[] {
    return [...this.found].sort((a, b) => a.line - b.line || a.column - b.column).slice(0, MOST_REPORTED);
  }

  private add(path: Path, place: Place, message: string): void {
    this.found.push({ path: path.length === 0 ? '$' : path.join('.'), ...place, message });
  }
}
