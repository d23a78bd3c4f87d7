/** Most requests that are remembered: a run that is played elsewhere, or has ended, is forgotten by and by. */
const MOST = 1000;

/** Runs with whose agents somebody wants to talk: whoever plays one stops at its next boundary. */
export class PauseRequests {
  private readonly asked = new Map<string, string>();

  /** The consultation that a run is to stop for. */
  of(runId: string): string | undefined {
    return this.asked.get(runId);
  }

  ask(runId: string, consultationId: string): void {
    this.asked.delete(runId);
    this.asked.set(runId, consultationId);
    const [oldest] = this.asked.keys();
    if (this.asked.size > MOST && oldest !== undefined) this.asked.delete(oldest);
  }

  /** It has stopped, or the talk is over. */
  forget(runId: string): void {
    this.asked.delete(runId);
  }
}
