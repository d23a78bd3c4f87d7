import type { Mutant } from './mutant.js';
import {
  crashBeforeCommit,
  crashBeforePublish,
  crashInTurn,
  overtakenWorker,
  sameKeyTwice,
  streamLost,
  toldAgain,
  writersAtOnce,
} from './scenarios.js';

const RELAY = 'libs/event-store/dist/outbox-relay.js';
const STORE = 'libs/event-store/dist/event-store.js';
const CONSUMER = 'libs/event-store/dist/consumer/inbox-consumer.js';
const WORKER = 'libs/bus/dist/event-worker.js';
const TURN_BEGINNING = 'services/orchestrator/dist/turn/turn-beginning.js';
const TURN_DECISIONS = 'services/orchestrator/dist/conversation/turn.decisions.js';
const TURN_SWEEPER = 'services/orchestrator/dist/turn/turn.sweeper.js';

const PUBLISH = 'const published = await this.publish(rows.map(toRecorded));';

/** Each safeguard that the promises rest on, and a scenario that must hurt without it. */
export const MUTANTS: readonly Mutant[] = [
  {
    safeguard: 'idempotency row',
    sql: {
      function: 'commit_batch(jsonb)',
      replacements: [
        { from: 'AND scope = k.scope LIMIT 1) i', to: 'AND scope = k.scope AND false LIMIT 1) i' },
        {
          from: "RAISE EXCEPTION 'idempotency key taken meanwhile' USING ERRCODE = 'unique_violation';",
          to: 'NULL;',
        },
      ],
    },
    scenario: sameKeyTwice,
    breaks: ['I1'],
  },
  {
    safeguard: 'expected version',
    note: "with the log's unique constraint on versions",
    sql: {
      function: 'commit_batch(jsonb)',
      replacements: [
        {
          from: 'WHERE coalesce(e.version, 0) <> k.expected',
          to: 'WHERE false AND coalesce(e.version, 0) <> k.expected',
        },
      ],
    },
    statements: ['ALTER TABLE SCHEMA.events DROP CONSTRAINT events_version_once'],
    scenario: writersAtOnce,
    breaks: ['I7', 'I8'],
  },
  {
    safeguard: 'inbox',
    sql: {
      function: 'commit_batch(jsonb)',
      replacements: [{ from: "IF part ? 'inbox' THEN", to: 'IF false THEN', times: 2 }],
    },
    scenario: toldAgain,
    breaks: ['I12'],
  },
  {
    safeguard: 'fencing (attempt)',
    note: "with the version of the run's own stream; what ends a turn says whose attempt it was",
    code: {
      [TURN_DECISIONS]: [
        {
          from: 'running.attempt !== command.attempt || running.run_id === null',
          to: 'running.run_id === null',
        },
        {
          from: 'attempt: running.attempt,\n            status:',
          to: 'attempt: command.attempt,\n            status:',
        },
      ],
      [TURN_BEGINNING]: [
        {
          from: `                {
                    type: 'run.resumed',
                    data: {
                        attempt: lost.attempt + 1
                    }
                }
`,
          to: '',
        },
      ],
    },
    scenario: overtakenWorker,
    breaks: ['I6'],
  },
  {
    safeguard: 'publish after commit',
    code: {
      [STORE]: [
        {
          from: "crashPoint('store.before_commit');",
          to: "await globalThis.publishEarly?.(recorded);\n        crashPoint('store.before_commit');",
        },
      ],
      [RELAY]: [
        {
          from: 'this.loop ??= this.run();',
          to: `globalThis.publishEarly = async (events) => {
            for (const event of events) await this.publisher.publishEvent({ ...event, global_position: 0 });
        };
        this.loop ??= this.run();`,
        },
      ],
    },
    scenario: crashBeforeCommit,
    breaks: ['I9'],
  },
  {
    safeguard: 'ack after commit',
    note: 'with the sweep that finds lost turns',
    code: {
      [WORKER]: [
        {
          from: 'const verdict = await this.judge(message);',
          to: "this.say(message.reply, '+ACK');\n        const verdict = await this.judge(message);",
        },
      ],
      [TURN_SWEEPER]: [
        {
          from: 'this.timer = setInterval(()=>this.sweep(OVERDUE_SECONDS), EVERY_MS);',
          to: 'this.timer = undefined;',
        },
      ],
    },
    scenario: crashInTurn,
    breaks: ['I2'],
  },
  {
    safeguard: 'delete after PubAck',
    code: {
      [RELAY]: [
        {
          from: "crashPoint('relay.before_publish');",
          to: `await this.database.system(\`DELETE FROM \${schema}.outbox WHERE global_position = ANY($1)\`, [
            rows.map((row)=>row.global_position)
        ]);
        crashPoint('relay.before_publish');`,
        },
        { from: PUBLISH, to: PUBLISH },
      ],
    },
    scenario: crashBeforePublish,
    breaks: ['I9'],
  },
  {
    safeguard: 're-publish after stream loss',
    note: 'consumers read the logs then; here they do not',
    code: {
      [CONSUMER]: [
        { from: 'this.sweeping ??= this.sweep()', to: 'return;\n        this.sweeping ??= this.sweep()' },
      ],
    },
    scenario: streamLost,
    breaks: ['I4'],
  },
];
