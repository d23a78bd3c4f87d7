import type { SandboxChoice } from './choose-sandbox.js';

/** Hears what was found, once. */
export type ChoiceObserver = (choice: SandboxChoice) => void;

/** The sandbox of this process: looked for at start, beside everything else, and waited for by who needs it. */
export class ChosenSandbox {
  private found: Promise<SandboxChoice> | undefined;

  constructor(
    private readonly choose: () => Promise<SandboxChoice>,
    private readonly onChosen: ChoiceObserver,
  ) {}

  /** Never rejects: what goes wrong with the search is why there is none. */
  choice(): Promise<SandboxChoice> {
    this.found ??= this.choose()
      .catch((error: unknown): SandboxChoice => ({ sandbox: null, reason: (error as Error).message }))
      .then((choice) => {
        this.onChosen(choice);
        return choice;
      });
    return this.found;
  }
}
