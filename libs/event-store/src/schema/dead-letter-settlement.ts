/**
 * What a person asked of a dead letter, and what came of it: the journal of `npm run dlq`. A letter is open
 * until something is asked, pending until its consumer has taken the stream on, settled after that.
 */
export const deadLetterSettlement = (
  schema: string,
): { readonly up: readonly string[]; readonly down: readonly string[] } => ({
  up: [
    `ALTER TABLE ${schema}.dead_letters
       ADD COLUMN asked text CHECK (asked IN ('replay', 'drop')),
       ADD COLUMN asked_by text,
       ADD COLUMN asked_reason text,
       ADD COLUMN asked_at timestamptz(3),
       ADD COLUMN settled_at timestamptz(3),
       ADD COLUMN outcome text CHECK (outcome IN ('handled', 'failed-again', 'dropped', 'published'))`,
    `CREATE INDEX dead_letters_pending ON ${schema}.dead_letters (consumer)
       WHERE asked IS NOT NULL AND settled_at IS NULL`,
  ],
  down: [
    `DROP INDEX ${schema}.dead_letters_pending`,
    `ALTER TABLE ${schema}.dead_letters DROP COLUMN asked, DROP COLUMN asked_by, DROP COLUMN asked_reason,
       DROP COLUMN asked_at, DROP COLUMN settled_at, DROP COLUMN outcome`,
  ],
});
