import { launcherInput, launcherTail, readLauncherOutput } from './launcher.js';
import { CappedOutput } from './capped-output.js';
import { packWorkspace, unpackWorkspace } from './workspace-tar.js';
import { DEFAULT_LIMITS } from '../sandbox.js';

const LIMITS = { returnedFiles: 3, returnedBytes: 100 };
const file = (name: string, content: string) => ({ name, content: Buffer.from(content) });

describe('what a program leaves', () => {
  it('is given back where it is new or changed, a file, in the folder, and there is room', async () => {
    const before = [file('main.js', 'code'), file('data.csv', '1')];
    const after = await packWorkspace([
      file('main.js', 'code'),
      file('data.csv', '2'),
      file('./sub/a.txt', 'a'),
      file('large.bin', 'x'.repeat(101)),
      file('b.txt', 'b'),
      file('c.txt', 'c'),
    ]);
    const { files, omitted } = await unpackWorkspace(after, LIMITS, before);
    expect(files.map(({ name, content }) => [name, content.toString()])).toEqual([
      ['data.csv', '2'],
      ['sub/a.txt', 'a'],
      ['b.txt', 'b'],
    ]);
    expect(omitted.map(({ name }) => name)).toEqual(['large.bin', 'c.txt']);
  });

  it('is refused where its name leads out, or would be a command to whoever reads it', async () => {
    const names = ['../out', '/etc/passwd', 'a/../../out', 'line\nbreak', 'bell\u0007', 'x'.repeat(300)];
    const archive = await packWorkspace(names.map((name) => file(name, 'x')));
    const { files, omitted } = await unpackWorkspace(archive, { returnedFiles: 99, returnedBytes: 999 }, []);
    expect(files).toEqual([]);
    expect(omitted).toHaveLength(names.length);
  });

  it('may be no archive at all', async () => {
    const { files, omitted } = await unpackWorkspace(Buffer.alloc(5000, 'x'), LIMITS, []);
    expect([files, omitted.length]).toEqual([[], 1]);
    const whole = await packWorkspace([file('a', 'a'), file('b', 'b')]);
    const half = await unpackWorkspace(whole.subarray(0, 1200), LIMITS, []);
    expect(half.files).toMatchObject([{ name: 'a' }]);
  });
});

describe('the output of the launcher', () => {
  const word = 'f'.repeat(48);

  it('is what the program said, its code, and the folder behind it', () => {
    const read = readLauncherOutput(Buffer.from(`${word}\nhello\n\n${word} 7\nARCHIVE`), word);
    expect(read).toMatchObject({ hasBegun: true, code: 7 });
    expect([read.stdout.toString(), read.archive?.toString()]).toEqual(['hello\n', 'ARCHIVE']);
  });

  it('has an end only where the launcher lived to tell, and a beginning where the sandbox came up', () => {
    expect(readLauncherOutput(Buffer.from(`${word}\npart`), word)).toMatchObject({
      hasBegun: true,
      code: undefined,
      archive: undefined,
    });
    expect(readLauncherOutput(Buffer.from('no such file'), word).hasBegun).toBe(false);
  });

  it('is held to its room until the folder begins, though the mark comes in pieces', async () => {
    const input = await launcherInput({ language: 'javascript', code: '' });
    const { mark } = launcherTail(input, DEFAULT_LIMITS);
    let floods = 0;
    const output = new CappedOutput(100, { mark, bytes: 1000 }, () => (floods += 1));
    output.take('stdout', Buffer.from('hello'));
    for (const byte of mark) output.take('stdout', Buffer.from([byte]));
    output.take('stdout', Buffer.alloc(900));
    expect([floods, output.stdout.length]).toEqual([0, 905 + mark.length]);

    const flood = new CappedOutput(100, { mark, bytes: 1000 }, () => (floods += 1));
    flood.take('stderr', Buffer.alloc(60));
    for (let times = 0; times < 5; times += 1) flood.take('stdout', Buffer.alloc(60));
    expect([floods, flood.stdout.length, flood.stderr.length]).toEqual([1, 40, 60]);
  });

  it('draws a word for each program that nobody knew before', async () => {
    const [one, other] = await Promise.all([
      launcherInput({ language: 'python', code: 'a', files: [file('main.py', 'old'), file('x', '1')] }),
      launcherInput({ language: 'python', code: 'a' }),
    ]);
    expect(one.word).toMatch(/^[0-9a-f]{48}$/);
    expect(one.word).not.toBe(other.word);
    expect(one.files.map(({ name, content }) => [name, content.toString()])).toEqual([
      ['x', '1'],
      ['main.py', 'a'],
    ]);
  });
});
