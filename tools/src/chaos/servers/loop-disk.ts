import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { copyFile, mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const BALLAST = 'ballast';

/** A file system in a file. What is in the file is what had reached the disk: its copy is what a power cut leaves. */
export class LoopDisk {
  private cuts = 0;

  private constructor(
    private image: string,
    readonly mountPoint: string,
  ) {}

  /** Makes and mounts one, `megabytes` large; undefined where this user or machine may not. */
  static async create(folder: string, name: string, megabytes: number): Promise<LoopDisk | undefined> {
    const image = join(folder, `${name}.img`);
    const mountPoint = join(folder, name);
    try {
      await mkdir(mountPoint, { recursive: true });
      const file = await open(image, 'w');
      await file.truncate(megabytes * 1024 * 1024);
      await file.close();
      await run('mkfs.ext4', ['-q', '-F', '-m', '0', image]);
      await run('mount', ['-o', 'loop', image, mountPoint]);
      return new LoopDisk(image, mountPoint);
    } catch {
      await rm(image, { force: true });
      return undefined;
    }
  }

  /** Keeps what has reached the disk by now. The processes that write there must stand still. */
  async snapshot(): Promise<string> {
    const copy = `${this.image}.${(this.cuts += 1)}`;
    // Holes stay holes, and the copy shares blocks where the file system can.
    await run('cp', ['--sparse=always', '--reflink=auto', this.image, copy]).catch(() =>
      copyFile(this.image, copy, constants.COPYFILE_FICLONE),
    );
    return copy;
  }

  /** Puts a snapshot in the place of what is mounted, as the next start after a power cut finds it. */
  async replaceBy(snapshot: string): Promise<void> {
    await this.unmount();
    await rename(snapshot, this.image);
    await run('mount', ['-o', 'loop', this.image, this.mountPoint]);
    // What filled the disk was taken away, but that need not have reached the disk before the cut.
    await this.free();
  }

  /** Leaves no byte free. */
  async fill(): Promise<void> {
    const { bavail, bsize } = await statfs(this.mountPoint);
    await run('fallocate', ['-l', String(bavail * bsize), join(this.mountPoint, BALLAST)]).catch(
      () => undefined,
    );
    // What fallocate could not give for want of an extent is written.
    await run('dd', ['if=/dev/zero', `of=${join(this.mountPoint, `${BALLAST}-rest`)}`, 'bs=64k']).catch(
      () => undefined,
    );
  }

  async free(): Promise<void> {
    for (const file of [BALLAST, `${BALLAST}-rest`]) await rm(join(this.mountPoint, file), { force: true });
  }

  async remove(): Promise<void> {
    await this.unmount();
    await rm(this.image, { force: true });
  }

  private async unmount(): Promise<void> {
    // A process that was killed a moment ago may still hold a file.
    for (let tries = 0; ; tries += 1) {
      try {
        await run('umount', [this.mountPoint]);
        return;
      } catch (error) {
        if (tries > 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}
