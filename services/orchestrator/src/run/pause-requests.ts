/** Runs that this process plays or may play, and with whose agents somebody wants to talk: they stop at their next boundary. */
export class PauseRequests {
  private readonly asked = new Map<string, string>();

  /** The consultation that a run is to stop for. */
  of(runId: string): string | undefined {
    return this.asked.get(runId);
  }

  ask(runId: string, consultationId: string): void {
    this.asked.set(runId, consultationId);
  }

  /** It has stopped, or has ended before it could. */
  forget(runId: string): void {
    this.asked.delete(runId);
  }
}
