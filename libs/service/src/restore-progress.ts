/** Where a restore keeps how far it is: a row without `finished_at` is a database that is half restored. */
export const RESTORE_PROGRESS_TABLE = 'baton_restore.progress';
