// Whoever reads our output may leave before we do, as `head` does: that ends no conversation.
process.stdout.on('error', () => undefined);

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** For news from a system that runs: with the time of day. */
export const sayLater = (line: string): void => say(`${new Date().toTimeString().slice(0, 8)} ${line}`);
