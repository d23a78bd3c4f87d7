import { ModelServer } from './model-server.js';

/** A model server of its own process; ends with its parent. */
const server = await ModelServer.start({ instant: process.argv.includes('--instant') });
process.stdout.write(`model server: ${server.url}\n`);
const stop = (): void => void server.stop().then(() => process.exit(0));
process.on('SIGTERM', stop);
process.stdin.on('end', stop).resume();
