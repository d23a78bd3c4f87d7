import { connect } from '@nats-io/transport-node';
import pg from 'pg';

import { BARE_SUBJECT } from './subject.js';

/** A NATS request in, one durable insert, an answer out; nothing is decided. */
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 20 });
const nats = await connect({ servers: process.env['NATS_URL'] as string });
nats.subscribe(BARE_SUBJECT, {
  callback: (_error, msg) => {
    void pool
      .query({ name: 'bare', text: 'INSERT INTO bench_raw (data) VALUES ($1)', values: [msg.string()] })
      .then(() => msg.respond('{"status":"ACCEPTED"}'));
  },
});
await nats.flush();
process.stdout.write('ready: service\n');
