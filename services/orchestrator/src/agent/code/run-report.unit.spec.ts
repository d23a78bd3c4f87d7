import { toolResult } from '../../tool/tool-result.js';
import type { SandboxResult } from '../../sandbox/sandbox.js';
import { filesOf, reportOf } from './run-report.js';

const result = (given: Partial<SandboxResult>): SandboxResult => ({
  end: { kind: 'exited', code: 0 },
  stdout: '',
  stderr: '',
  files: [],
  omitted: [],
  durationMs: 5,
  ...given,
});

describe('what a model is told of a run', () => {
  it('says how it ended', () => {
    expect(reportOf(result({}))).toMatchObject({ outcome: 'succeeded', exit_code: 0 });
    expect(reportOf(result({ end: { kind: 'exited', code: 3 } }))).toMatchObject({
      outcome: 'failed',
      exit_code: 3,
    });
    expect(reportOf(result({ end: { kind: 'killed', signal: 'SIGSEGV' } }))).toMatchObject({
      outcome: 'failed',
      signal: 'SIGSEGV',
    });
    expect(reportOf(result({ end: { kind: 'stopped', limit: 'memory' } }))).toMatchObject({
      outcome: 'stopped',
      limit: 'memory',
    });
  });

  it('keeps the beginning and the end of much output, says what is missing, and gives no terminal an order', () => {
    const { stdout, stderr } = reportOf(
      result({ stdout: `first${'x'.repeat(50_000)}last`, stderr: 'a\u001b[2Jb\n\tc\r' }),
    );
    expect(stdout).toMatch(/^firstx+\n\[… 42009 characters are left out here …\]\nx+last$/);
    expect(stderr).toBe('a\ufffd[2Jb\n\tc\ufffd');
  });

  it('gives files back as they were, whatever is in them', () => {
    const files = [
      { name: 'a.csv', content: Buffer.from('é;1\n') },
      { name: 'b.bin', content: Buffer.from([0, 255, 10]) },
    ];
    const report = reportOf(result({ files }));
    expect(report.files).toEqual([
      { name: 'a.csv', bytes: 5, text: 'é;1\n' },
      { name: 'b.bin', bytes: 3, base64: 'AP8K' },
    ]);
    expect(filesOf(toolResult(report))).toEqual(files);
    expect(filesOf({ truncated: true })).toEqual([]);
    expect(filesOf(null)).toEqual([]);
  });

  it('is never too large to be journaled whole', () => {
    const worst = reportOf(
      result({
        stdout: '"'.repeat(100_000),
        stderr: '\\'.repeat(100_000),
        files: [{ name: 'quotes', content: Buffer.from('"'.repeat(16 * 1024)) }],
        omitted: Array.from({ length: 20 }, (_, index) => ({ name: `f${index}`, reason: 'too large' })),
      }),
    );
    expect(toolResult(worst)).toEqual(worst);
    const wide = reportOf(result({ stdout: '漢'.repeat(100_000), stderr: '漢'.repeat(100_000) }));
    expect(toolResult(wide)).toEqual(wide);
  });
});
