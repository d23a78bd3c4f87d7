import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CALL = /crashPoint\(\s*(['"`])(.+?)\1\s*\)/g;
const OF_A_CONSUMER = /^\$\{[^}]*consumer\}\.(.+)$/;
const CONSUMER_NAME = /(?:CONSUMER = |consumer: )'([a-z-]+)'/g;

/** Every crash point in the built code, each consumer's own among them: what a long run must have passed. */
export const crashPointsOf = (checkout: string): string[] => {
  const sources = builtFiles(checkout).map((file) => readFileSync(file, 'utf8'));
  const consumers = sources
    .filter((source) => source.includes('InboxConsumers'))
    .flatMap((source) => [...source.matchAll(CONSUMER_NAME)].map(([, name]) => name as string));
  const points = sources.flatMap((source) =>
    [...source.matchAll(CALL)].flatMap(([, , name]) => {
      const suffix = OF_A_CONSUMER.exec(name as string)?.[1];
      return suffix === undefined ? [name as string] : consumers.map((consumer) => `${consumer}.${suffix}`);
    }),
  );
  return [...new Set(points)].sort();
};

const builtFiles = (checkout: string): string[] =>
  ['libs', 'services'].flatMap((kind) =>
    readdirSync(join(checkout, kind)).flatMap((name) => {
      const dist = join(checkout, kind, name, 'dist');
      return readdirSync(dist, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.js'))
        .map((file) => join(dist, file));
    }),
  );
