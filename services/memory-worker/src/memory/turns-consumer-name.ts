/** The durable consumer that remembers turns: what its positions and dead letters are kept under. */
export const TURNS_CONSUMER = 'memory-worker-turns';
