import type { Conversation, StaffNotification } from '@baton/client';
import { type Command, InvalidArgumentError, Option } from 'commander';

import { CliError } from '../failure.js';
import { follow } from '../follow.js';
import { fields, json, oneLine, type Output, shown, table, time } from '../output.js';
import type { Surroundings } from '../surroundings.js';
import { listConversations } from './list.js';
import { eventsOf, typeMatcher } from './log.js';
import { driftOf, replay } from './replay.js';

const STATES = [
  'NEW',
  'AI_PROCESSING',
  'FINISHED',
  'PENDING_HUMAN',
  'HUMAN_ACTIVE',
  'RESOLVED',
  'BACK_TO_AI',
];

/** A whole number from `least`. */
export const whole =
  (least: number) =>
  (text: string): number => {
    const number = Number(text);
    if (!Number.isInteger(number) || number < least || text.trim() === '')
      throw new InvalidArgumentError(`It must be a whole number from ${least}.`);
    return number;
  };

const JSON_FLAG = '--json';

/** `conversations list | show | replay | tail` and `events`. */
export const conversationCommands = (program: Command, around: Surroundings, out: Output): void => {
  const conversations = program.command('conversations').description('what is said, and what became of it');

  conversations
    .command('list')
    .description('newest activity first')
    .addOption(new Option('--state <state>', 'only these').choices(STATES))
    .option('--agent <id>', 'assigned to this person')
    .option('--customer <id>', 'of this customer')
    .option('--words <text>', 'in which these words were said')
    .option('--limit <n>', 'at most so many', whole(1), 50)
    .option(JSON_FLAG, 'as JSON')
    .addHelpText('after', example('conversations list --state PENDING_HUMAN'))
    .action(
      async (options: {
        state?: string;
        agent?: string;
        customer?: string;
        words?: string;
        limit: number;
        json?: true;
      }) => {
        const found = await listConversations(around.client(), options);
        if (options.json) return out.line(json(found));
        if (found.length === 0) return out.line('No conversations.');
        out.line(
          table(
            ['ID', 'STATE', 'OWNER', 'TURNS', 'VERSION', 'UPDATED', 'CUSTOMER'],
            found.map((each) => [
              each.conversation_id,
              each.state,
              each.owner,
              each.turn_count,
              each.version,
              time(each.updated_at),
              each.customer?.id,
            ]),
          ),
        );
      },
    );

  conversations
    .command('show')
    .argument('<id>')
    .description('its state and its transcript')
    .option(JSON_FLAG, 'as JSON')
    .addHelpText('after', example('conversations show demo-1'))
    .action(async (id: string, options: { json?: true }) => {
      const client = around.client();
      const conversation = (await client.conversations.get(id)) as Conversation;
      const messages = [];
      for await (const message of client.conversations.messages(id)) messages.push(message);
      if (options.json) return out.line(json({ ...conversation, messages }));
      out.line(fields(Object.entries(conversation)));
      out.line('');
      for (const { created_at, role, content } of messages)
        out.line(`${time(created_at)}  ${role.padEnd(11)}  ${oneLine(content)}`);
    });

  conversations
    .command('replay')
    .argument('<id>')
    .description('its state folded event by event: what each of them changed')
    .option('--to <version>', 'up to this version', whole(1))
    .option(JSON_FLAG, 'as JSON')
    .addHelpText('after', example('conversations replay demo-1 --to 4'))
    .action(async (id: string, options: { to?: number; json?: true }) => {
      const client = around.client();
      const steps = [];
      for await (const step of replay(client, id, options.to)) {
        steps.push(step);
        if (options.json) continue;
        out.line(
          `v${step.version}  ${time(step.occurred_at)}  ${step.type}  by ${step.actor.type}/${step.actor.id}`,
        );
        for (const { path, from, to } of step.changes)
          out.line(`      ${path}: ${shown(from)} → ${shown(to)}`);
      }
      if (options.json) out.line(json(steps));
      if (options.to !== undefined) return;
      const drift = await driftOf(client, id);
      if (drift.length > 0)
        throw new CliError(
          `What is shown is not the fold of the log (${drift.map(({ path }) => path).join(', ')}): npm run rebuild -- conversations tells it again`,
        );
      if (!options.json) out.line(`${steps.length} events; what is shown is their fold`);
    });

  conversations
    .command('tail')
    .argument('[id]', 'a conversation; without one, all that staff are told')
    .description('what happens, as it happens, until Ctrl-C; lost connections are made again')
    .option('--after <version>', 'of a conversation: also what came behind this version', whole(0))
    .option('--count <n>', 'end after so many', whole(1))
    .option(JSON_FLAG, 'a JSON object on each line')
    .addHelpText('after', example('conversations tail', 'conversations tail demo-1 --after 0'))
    .action(async (id: string | undefined, options: { after?: number; count?: number; json?: true }) => {
      const client = around.client();
      if (id === undefined) {
        const stream = client.staff.stream({ transport: 'sse' });
        return follow(stream, { count: options.count, note: out.note }, (told) =>
          out.line(options.json ? JSON.stringify(told) : notification(told)),
        );
      }
      const after = options.after ?? (await client.conversations.get(id)).version;
      const stream = client.conversations.stream(id, { after });
      return follow(
        stream,
        { count: options.count, note: out.note, counts: (item) => item.kind === 'event' },
        (item) => {
          if (item.kind === 'event') {
            const { version, type, occurred_at, data } = item.event;
            out.line(
              options.json
                ? JSON.stringify(item.event)
                : `v${version}  ${time(occurred_at)}  ${type}  ${shown(data)}`,
            );
          }
        },
      );
    });

  program
    .command('events')
    .argument('<id>', 'of a conversation')
    .description('the log of a conversation, as it was written')
    .option('--type <pattern>', 'only these: turn_completed, conversation.*, *turn*')
    .option(JSON_FLAG, 'a JSON object on each line')
    .addHelpText('after', example('events demo-1 --type turn_completed --json'))
    .action(async (id: string, options: { type?: string; json?: true }) => {
      const fits = options.type === undefined ? () => true : typeMatcher(options.type);
      for await (const event of eventsOf(around.client(), id)) {
        if (!fits(event.type)) continue;
        const { version, type, occurred_at, actor, data } = event;
        out.line(
          options.json
            ? JSON.stringify(event)
            : `v${version}  ${time(occurred_at)}  ${type}  by ${actor.type}/${actor.id}\n      ${shown(data)}`,
        );
      }
    });
};

const notification = ({ type, data }: StaffNotification): string => {
  const { conversation_id, at, ...rest } = data;
  const when = typeof at === 'string' ? at : new Date().toISOString();
  return `${time(when)}  ${type.padEnd(20)}  ${shown(conversation_id)}  ${shown(rest)}`;
};

/** What stands under a command's options. */
export const example = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ npm run baton -- ${line}`).join('\n')}`;
