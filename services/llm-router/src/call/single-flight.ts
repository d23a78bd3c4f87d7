/** One run of the same work at a time: who asks meanwhile waits for it and is told that it was not their own. */
export class SingleFlight<T> {
  private readonly flights = new Map<string, Promise<T>>();

  async run(key: string, work: () => Promise<T>): Promise<{ readonly value: T; readonly shared: boolean }> {
    const flight = this.flights.get(key);
    if (flight) return { value: await flight, shared: true };
    const own = work();
    this.flights.set(key, own);
    try {
      return { value: await own, shared: false };
    } finally {
      this.flights.delete(key);
    }
  }
}
