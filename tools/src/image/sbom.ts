import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The parts of a CycloneDX bill of materials that we look at. */
export interface Sbom {
  readonly bomFormat: string;
  readonly components: readonly { readonly name: string; readonly version: string; readonly purl: string }[];
}

/** What npm says an assembled folder holds, as CycloneDX. */
export const sbomOf = async (folder: string): Promise<string> => {
  const { stdout } = await run('npm', ['sbom', '--omit=dev', '--sbom-format=cyclonedx'], {
    cwd: folder,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
};

/**
 * Lets npm judge an assembled folder: whole, nothing in a version that nobody asked for, nothing that nobody asked for.
 * @throws with what npm finds
 */
export const checkTree = async (folder: string): Promise<void> => {
  await run('npm', ['ls', '--omit=dev', '--all'], { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
};
