import { workflow } from './cli.js';

/** `npm run workflow -- validate | explain | run … <file>` */
process.exitCode = await workflow(process.argv.slice(2));
