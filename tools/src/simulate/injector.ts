import 'reflect-metadata';

type Class = new (...args: never[]) => object;
type Token = unknown;

interface ProviderObject {
  readonly provide: Token;
  readonly useValue?: unknown;
  readonly useClass?: Class;
  readonly useExisting?: Token;
  readonly useFactory?: (...args: never[]) => unknown;
  readonly inject?: readonly Token[];
}
interface DynamicModule {
  readonly module: Class;
  readonly imports?: readonly unknown[];
  readonly providers?: readonly unknown[];
  readonly controllers?: readonly Class[];
}

/**
 * Wires a service's own Nest modules without Nest: what they say of providers, factories and constructors is taken at
 * its word, with the outside (database, bus, clock, leases) given instead. A process of the simulation is born in
 * less than a millisecond, and runs what the real one runs.
 */
export class Injector {
  readonly controllers: object[] = [];
  private readonly made: object[] = [];
  private readonly factories = new Map<Token, () => Promise<unknown>>();
  private readonly instances = new Map<Token, Promise<unknown>>();
  private readonly controllerClasses: Class[] = [];
  private readonly seen = new Set<unknown>();

  /**
   * @param given by token; beats what the modules provide
   * @param without classes and modules that are left out, with everything they alone bring
   */
  constructor(
    modules: readonly unknown[],
    private readonly given: ReadonlyMap<Token, unknown>,
    private readonly without: ReadonlySet<unknown>,
  ) {
    for (const module of modules) this.collect(module);
  }

  /** Makes everything there is. */
  async make(): Promise<void> {
    const { made } = this;
    for (const token of this.factories.keys()) {
      if (this.given.has(token)) continue;
      const instance = await this.get(token);
      if (typeof instance === 'object' && instance !== null) made.push(instance);
    }
    for (const controller of this.controllerClasses) {
      const instance = await this.construct(controller);
      this.controllers.push(instance);
      made.push(instance);
    }
  }

  /** Begins their lives as Nest does. */
  async begin(): Promise<void> {
    for (const hook of ['onModuleInit', 'onApplicationBootstrap'] as const)
      for (const instance of new Set(this.made))
        await (instance as Partial<Record<typeof hook, () => unknown>>)[hook]?.();
  }

  get(token: Token): Promise<unknown> {
    let instance = this.instances.get(token);
    if (!instance) {
      instance = this.create(token);
      this.instances.set(token, instance);
    }
    return instance;
  }

  private async create(token: Token): Promise<unknown> {
    if (this.given.has(token)) return this.given.get(token);
    const factory = this.factories.get(token);
    if (!factory) throw new Error(`Nobody provides ${nameOf(token)}`);
    return factory();
  }

  private collect(module: unknown): void {
    if (this.seen.has(module) || this.without.has(module)) return;
    this.seen.add(module);
    const dynamic = typeof module === 'function' ? undefined : (module as DynamicModule);
    const type = (dynamic?.module ?? module) as Class;
    if (this.without.has(type)) return;
    const listed = (name: string): unknown[] =>
      (Reflect.getMetadata(name, type) as unknown[] | undefined) ?? [];
    for (const each of [...listed('imports'), ...(dynamic?.imports ?? [])]) this.collect(each);
    for (const each of [...listed('providers'), ...(dynamic?.providers ?? [])]) this.provide(each);
    for (const each of [...(listed('controllers') as Class[]), ...(dynamic?.controllers ?? [])])
      if (!this.without.has(each)) this.controllerClasses.push(each);
    this.provide(type);
  }

  private provide(provider: unknown): void {
    if (typeof provider === 'function') {
      if (!this.without.has(provider)) this.factories.set(provider, () => this.construct(provider as Class));
      return;
    }
    const { provide, useValue, useClass, useExisting, useFactory, inject } = provider as ProviderObject;
    if (this.without.has(provide)) return;
    this.factories.set(provide, async () => {
      if (useClass) return this.construct(useClass);
      if (useExisting !== undefined) return this.get(useExisting);
      if (!useFactory) return useValue;
      const args = await Promise.all((inject ?? []).map((wanted) => this.wanted(wanted)));
      return useFactory(...(args as never[]));
    });
  }

  private wanted(wanted: unknown): Promise<unknown> {
    const { token, optional } = (wanted ?? {}) as { token?: Token; optional?: boolean };
    if (optional === undefined) return this.get(wanted);
    return this.given.has(token) || this.factories.has(token) ? this.get(token) : Promise.resolve(undefined);
  }

  private async construct(type: Class): Promise<object> {
    const types = (Reflect.getMetadata('design:paramtypes', type) as Token[] | undefined) ?? [];
    const named =
      (Reflect.getMetadata('self:paramtypes', type) as { index: number; param: Token }[] | undefined) ?? [];
    const tokens = types.map((each, index) => named.find((name) => name.index === index)?.param ?? each);
    const args = await Promise.all(tokens.map((token) => this.get(token)));
    return new type(...(args as never[]));
  }
}

const nameOf = (token: Token): string =>
  typeof token === 'function'
    ? token.name
    : typeof token === 'symbol'
      ? String(token)
      : JSON.stringify(token);
