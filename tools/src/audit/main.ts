import { audit } from './cli.js';

/** `npm run audit -- verify | export | roots` */
process.exitCode = await audit(process.argv.slice(2));
