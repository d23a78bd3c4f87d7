import { dlq } from './cli.js';

/** `npm run dlq -- list | show | replay | drop` */
process.exitCode = await dlq(process.argv.slice(2));
