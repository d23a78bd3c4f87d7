export interface ServerOptions {
  /** Where its data is kept; a temporary directory that `stop` removes unless given. */
  readonly dataDir?: string;
  /** Where its output goes; a file in the data directory unless given. */
  readonly logFile?: string;
  /** Hears what an installation does, line by line. */
  readonly say?: (line: string) => void;
  /** Hears of a process that a killed run had left on this data directory and that was stopped. */
  readonly onLeftover?: (pid: number) => void;
}
