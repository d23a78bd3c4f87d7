import { rebuild } from './cli.js';

/** `npm run rebuild -- <read model>` */
process.exitCode = await rebuild(process.argv.slice(2));
