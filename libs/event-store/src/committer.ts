import { isBatonError } from '@baton/contracts';

import {
  type BatchAnswer,
  claimsOf,
  type CommitItem,
  inLockOrder,
  partsOf,
  type Verdict,
  verdictsOf,
} from './commit-batch.js';
import { GroupCommit } from './group-commit.js';
import type { LogDatabase } from './log-database.js';
import { isUniqueViolation } from './unique-violation.js';

/** Writes transactions, those that come together in one statement and one commit. */
export class Committer {
  private readonly commits: GroupCommit<CommitItem, Verdict>;

  constructor(private readonly database: LogDatabase) {
    this.commits = new GroupCommit((items) => this.commitBatch(items), {
      maxBatch: 64,
      parallel: 2,
      leastBeside: 8,
      // Where nobody knows whether it was committed, nothing is sent again behind the callers' backs.
      isOnesFault: (error) => !isBatonError(error, 'unavailable'),
      claims: claimsOf,
    });
  }

  /** @throws BatonError `unavailable` where the database did not say whether it committed */
  commit(item: CommitItem): Promise<Verdict> {
    return this.commits.submit(item);
  }

  private async commitBatch(items: readonly CommitItem[]): Promise<readonly Verdict[]> {
    try {
      return await this.commitTogether(items);
    } catch (error) {
      if (items.length > 1 || !isUniqueViolation(error)) throw error;
      return [await this.commitAgain(items[0] as CommitItem)];
    }
  }

  /** Lost a race that the checks inside could not see; they see it now, or the stream moved on. */
  private async commitAgain(item: CommitItem): Promise<Verdict> {
    try {
      const [verdict] = await this.commitTogether([item]);
      return verdict as Verdict;
    } catch (error) {
      if (isUniqueViolation(error)) return { kind: 'conflict' };
      throw error;
    }
  }

  private async commitTogether(items: readonly CommitItem[]): Promise<readonly Verdict[]> {
    const verdicts: Verdict[] = [];
    let left: readonly number[] = inLockOrder(items);
    // Each pass settles one item at least: all of them, or those that are refused.
    while (left.length > 0) {
      const batch = left.map((index) => items[index] as CommitItem);
      const [row] = await this.database.hot<{ commit_batch: BatchAnswer }>(
        `SELECT ${this.database.schema}.commit_batch($1::jsonb)`,
        [JSON.stringify(partsOf(batch))],
      );
      const settled = verdictsOf(batch, row?.commit_batch as BatchAnswer);
      left.forEach((index, place) => {
        const verdict = settled[place];
        if (verdict) verdicts[index] = verdict;
      });
      left = left.filter((_index, place) => settled[place] === undefined);
    }
    return verdicts;
  }
}
