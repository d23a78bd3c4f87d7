import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';

export interface KnowledgeDocument {
  /** Its path inside the folder, with forward slashes. */
  readonly file: string;
  readonly source: string;
}

/** The folder of Markdown that knowledge comes from. */
export class KnowledgeFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  /** Changes when a file is added, taken away or written; empty where there is no folder. */
  async signature(): Promise<string> {
    const files = await this.files();
    const parts = await Promise.all(
      files.map(async (file) => {
        const { mtimeMs, size } = await stat(join(this.path, file));
        return `${file}:${mtimeMs}:${size}`;
      }),
    );
    return parts.join('\n');
  }

  async documents(): Promise<KnowledgeDocument[]> {
    const files = await this.files();
    return Promise.all(
      files.map(async (file) => ({
        file: file.split(sep).join('/'),
        source: await readFile(join(this.path, file), 'utf8'),
      })),
    );
  }

  private async files(): Promise<string[]> {
    try {
      const entries = await readdir(this.path, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => !entry.isDirectory() && /\.(md|markdown)$/i.test(entry.name))
        .map((entry) => relative(this.path, join(entry.parentPath, entry.name)))
        .sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}
