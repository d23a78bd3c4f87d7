import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CALL = /crashPoint\(\s*(['"`])(.+?)\1\s*\)/g;
const OF_A_CONSUMER = /^\$\{[^}]*consumer\}\.(.+)$/;
const CONSUMER = /consumer: (?:'([a-z-]+)'|([A-Z_]+))/;

/** Every crash point in the built code, each consumer's own among them: what a long run must have passed. */
export const crashPointsOf = (checkout: string): string[] => {
  const sources = builtFiles(checkout).map((file) => readFileSync(file, 'utf8'));
  const consumers = sources
    .filter((source) => source.includes('InboxConsumers'))
    .flatMap((source) => {
      const [, name, constant] = CONSUMER.exec(source) ?? [];
      return name ?? (constant === undefined ? [] : textOf(constant, [source, ...sources]));
    });
  const points = sources.flatMap((source) =>
    [...source.matchAll(CALL)].flatMap(([, , name]) => {
      const suffix = OF_A_CONSUMER.exec(name as string)?.[1];
      return suffix === undefined ? [name as string] : consumers.map((consumer) => `${consumer}.${suffix}`);
    }),
  );
  return [...new Set(points)].sort();
};

/** What a constant says, in the first of these that has it. */
const textOf = (constant: string, sources: readonly string[]): string[] =>
  sources
    .flatMap((source) => new RegExp(`const ${constant} = '([a-z-]+)'`).exec(source)?.[1] ?? [])
    .slice(0, 1);

const builtFiles = (checkout: string): string[] =>
  ['libs', 'services'].flatMap((kind) =>
    readdirSync(join(checkout, kind)).flatMap((name) => {
      const dist = join(checkout, kind, name, 'dist');
      return readdirSync(dist, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.js'))
        .map((file) => join(dist, file));
    }),
  );
