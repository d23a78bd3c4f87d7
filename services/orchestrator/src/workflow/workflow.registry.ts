import { createHash } from 'node:crypto';

import { BatonError, type FieldError } from '@baton/contracts';

import { readYaml } from './file/yaml-source.js';
import type { WorkflowCatalog } from './load/catalog.js';
import type { LoadError } from './load/problems.js';
import { loadWorkflow } from './load-workflow.js';
import { EVERY_TENANT, type StoredWorkflow } from './stored-workflow.js';
import type { WorkflowRepository } from './workflow.repository.js';
import type { Workflow } from './workflow.js';

/** A workflow as one tenant has it under a version. */
export interface VersionedWorkflow {
  readonly workflow: Workflow;
  readonly name: string;
  readonly version: number;
}

/** How long another replica's PUT may go unseen here. */
const NEWEST_FOR_MS = 1000;
const MOST_KEPT = 1000;

/** Workflows by name and version, compiled once. A version never changes; which one is the newest may. */
export class WorkflowRegistry {
  /** By digest: tenants that have the same content share it. */
  private readonly compiled = new Map<string, Workflow>();
  /** Which content a tenant's version is: for ever, since no number is given twice. */
  private readonly digests = new Map<string, string>();
  /** What is in no registry, by the hash of its text: its runs ask for it again and again. */
  private readonly texts = new Map<string, Workflow>();
  private readonly newestSeen = new Map<
    string,
    { readonly stored: StoredWorkflow; readonly until: number }
  >();

  constructor(
    private readonly repository: WorkflowRepository,
    private readonly catalog: WorkflowCatalog,
    private readonly elapsed: () => number = () => performance.now(),
  ) {}

  /** @throws BatonError `not-found` */
  async newest(tenantId: string, name: string): Promise<VersionedWorkflow> {
    const key = `${tenantId}/${name}`;
    const seen = this.newestSeen.get(key);
    if (seen && seen.until > this.elapsed()) return this.versioned(tenantId, seen.stored);
    const stored = await this.repository.newest(tenantId, name);
    if (!stored) throw unknownWorkflow(name);
    this.newestSeen.set(key, { stored, until: this.elapsed() + NEWEST_FOR_MS });
    return this.versioned(tenantId, stored);
  }

  /** @throws BatonError `not-found` */
  async version(tenantId: string, name: string, version: number): Promise<VersionedWorkflow> {
    const digest = this.digests.get(versionKey(tenantId, name, version));
    const known = digest === undefined ? undefined : this.compiled.get(digest);
    if (known) return { workflow: known, name, version };
    const stored = await this.repository.version(tenantId, name, version);
    if (!stored) throw unknownWorkflow(name, version);
    return this.versioned(tenantId, stored);
  }

  /**
   * A workflow that is nobody's but one run's: version 0.
   * @throws BatonError `validation-failed` with the place of each error
   */
  unregistered(yaml: string): VersionedWorkflow {
    const key = createHash('sha256').update(yaml).digest('hex');
    const known = this.texts.get(key);
    if (known) return { workflow: known, name: known.name, version: 0 };
    const { ok, errors } = loadWorkflow(yaml, this.catalog);
    if (errors) throw invalid(errors);
    keep(this.texts, key, ok);
    return { workflow: ok, name: ok.name, version: 0 };
  }

  /** What the tenant sees under a name, or saw under a version, as text. @throws BatonError `not-found` */
  async stored(tenantId: string, name: string, version?: number): Promise<StoredWorkflow> {
    const stored =
      version === undefined
        ? await this.repository.newest(tenantId, name)
        : await this.repository.version(tenantId, name, version);
    if (!stored) throw unknownWorkflow(name, version);
    return stored;
  }

  list(tenantId: string, after: string | undefined, limit: number): Promise<StoredWorkflow[]> {
    return this.repository.list(tenantId, after, limit);
  }

  validate(yaml: string): readonly LoadError[] {
    return loadWorkflow(yaml, this.catalog).errors ?? [];
  }

  /**
   * The tenant's own workflow from now on; the same content keeps its version. `name` null: whatever it says.
   * @throws BatonError `validation-failed` with the place of each error
   */
  async put(owner: string, name: string | null, yaml: string): Promise<StoredWorkflow> {
    const { ok, errors } = loadWorkflow(yaml, this.catalog);
    if (errors) throw invalid(errors);
    if (name !== null && ok.name !== name) throw invalid([otherName(yaml, name)]);
    const { digest, description } = ok;
    const stored = await this.repository.put(owner, { name: ok.name, digest, description, yaml });
    this.newestSeen.clear();
    return stored;
  }

  /**
   * Deletes the tenant's own workflow; one of the folder then shows again.
   * @throws BatonError `not-found`, `conflict` where it is in use
   */
  async delete(tenantId: string, name: string): Promise<void> {
    const stored = await this.stored(tenantId, name);
    if (stored.tenant_id === EVERY_TENANT)
      throw new BatonError('conflict', `"${name}" came with Baton: take its file out of the folder instead`);
    if (await this.repository.isInUse(tenantId, name))
      throw new BatonError('conflict', `"${name}" is in use by a conversation or a run`);
    await this.retire(tenantId, name);
  }

  async retire(owner: string, name: string): Promise<void> {
    await this.repository.retire(owner, name);
    this.newestSeen.clear();
  }

  builtinNames(): Promise<string[]> {
    return this.repository.builtinNames();
  }

  private versioned(tenantId: string, stored: StoredWorkflow): VersionedWorkflow {
    const { name, version, digest } = stored;
    keep(this.digests, versionKey(tenantId, name, version), digest);
    const known = this.compiled.get(digest);
    if (known) return { workflow: known, name, version };
    // It was held against the tools when it was put. One that has gone since is unknown where it is called.
    const { ok, errors } = loadWorkflow(stored.yaml, { ...this.catalog, tools: { has: () => true } });
    if (errors)
      throw new BatonError(
        'internal',
        `${name} version ${version} can no longer be loaded: ${told(errors)}`,
        {
          retryable: false,
        },
      );
    keep(this.compiled, digest, ok);
    return { workflow: ok, name, version };
  }
}

const versionKey = (tenantId: string, name: string, version: number): string =>
  `${tenantId}/${name}/${version}`;

/** Keeps the latest; what was put in first goes first. */
const keep = <T>(cache: Map<string, T>, key: string, value: T): void => {
  cache.delete(key);
  cache.set(key, value);
  if (cache.size > MOST_KEPT) cache.delete(cache.keys().next().value as string);
};

const told = (errors: readonly LoadError[]): string =>
  errors.map(({ line, path, message }) => `line ${line}, ${path}: ${message}`).join('; ');

const otherName = (yaml: string, name: string): LoadError => {
  const read = readYaml(yaml);
  const place = 'source' in read ? read.source.placeOf(['name']) : { line: 1, column: 1 };
  return { path: 'name', ...place, message: `must be "${name}", the name that it is put under` };
};

const unknownWorkflow = (name: string, version?: number): BatonError =>
  new BatonError(
    'not-found',
    version === undefined ? `There is no workflow "${name}"` : `There is no version ${version} of "${name}"`,
  );

const invalid = (errors: readonly FieldError[]): BatonError =>
  new BatonError('validation-failed', 'The workflow is not valid', { errors });
