import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readSourceFile } from './read-source-file.js';

const PAGE = readFileSync(join(import.meta.dirname, '../../../../../docs/tools.md'), 'utf8');

describe('docs/tools.md', () => {
  const samples = [...PAGE.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map((match) => match[1] as string);

  it('shows a source of each type', () => {
    expect(samples.map((sample) => readSourceFile(sample).ok?.type)).toEqual(['openapi', 'mcp', 'composio']);
  });

  it.each(samples)('has samples that are valid: %#', (sample) => {
    expect(readSourceFile(sample).errors).toBeUndefined();
  });
});
