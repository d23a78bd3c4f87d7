import { readYaml } from '../../workflow/file/yaml-source.js';
import { type LoadError, Problems } from '../../workflow/load/problems.js';
import { reportIssues } from '../../workflow/load/report-issues.js';
import { SourceFile } from './source-file.schema.js';

export type ReadSourceFile =
  | { readonly ok: SourceFile; readonly problems: Problems; readonly errors?: undefined }
  | { readonly ok?: undefined; readonly errors: readonly LoadError[] };

/** Reads a file of `BATON_TOOLS_DIR`; each error with its line and column. `problems` take what is found later. */
export const readSourceFile = (yaml: string): ReadSourceFile => {
  const read = readYaml(yaml);
  if ('problems' in read) return { errors: read.problems };
  const problems = new Problems(read.source);
  const parsed = SourceFile.safeParse(read.source.value);
  if (parsed.success) return { ok: parsed.data, problems };
  reportIssues(parsed.error.issues, [], problems);
  return { errors: problems.errors };
};
