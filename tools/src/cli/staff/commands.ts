import type { BatonClient, HumanAgent, QueueItem } from '@baton/client';
import type { Command } from 'commander';

import { example, whole } from '../conversation/commands.js';
import { follow } from '../follow.js';
import { duration, json, type Output, table } from '../output.js';
import type { Surroundings } from '../surroundings.js';

const PAGE = 200;
/** What may make another picture of the queue: who is in it, whom it is offered to, what is due. */
const CHANGES_OF_QUEUE: ReadonlySet<string> = new Set([
  'queue.changed',
  'offer.created',
  'offer.withdrawn',
  'conversation.assigned',
  'sla.breached',
  'cursor.expired',
]);

/** `queue [watch]` and `agents list | online | offline | token`. */
export const staffCommands = (program: Command, around: Surroundings, out: Output): void => {
  const queue = program
    .command('queue')
    .description('who waits for a person, first come first')
    .option('--json', 'as JSON')
    .addHelpText('after', example('queue', 'queue watch'))
    .action(async (options: { json?: true }) => {
      const items = await waiting(around.client());
      out.line(options.json ? json(items) : queueTable(items));
    });
  queue
    .command('watch')
    .description('again at each change, until Ctrl-C')
    .option('--json', 'a JSON list on each line')
    .option('--count <n>', 'end after so many pictures', whole(1))
    .action(async (options: { count?: number; json?: true }, command: Command) => {
      const isJson = options.json ?? (command.parent?.opts() as { json?: true }).json ?? false;
      const client = around.client();
      const show = async (): Promise<void> => {
        const items = await waiting(client);
        if (isJson) return out.line(JSON.stringify(items));
        if (process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[H');
        out.line(`${new Date().toISOString().slice(11, 19)}  ${items.length} waiting`);
        out.line(queueTable(items));
      };
      await show();
      if (options.count === 1) return;
      const changes = client.staff.stream({ transport: 'sse' });
      const isChange = ({ type }: { type: string }): boolean => CHANGES_OF_QUEUE.has(type);
      await follow(
        changes,
        {
          count: options.count === undefined ? undefined : options.count - 1,
          note: out.note,
          counts: isChange,
        },
        async (told) => {
          if (isChange(told)) await show();
        },
      );
    });

  const agents = program.command('agents').description('the people who answer');
  agents
    .command('list')
    .description('who is there, and how much they have')
    .option('--json', 'as JSON')
    .action(async (options: { json?: true }) => {
      const found = await allAgents(around.client());
      if (options.json) return out.line(json(found));
      if (found.length === 0) return out.line('No agents.');
      out.line(
        table(
          ['ID', 'NAME', 'ROLE', 'STATUS', 'HAS', 'MOST', 'SKILLS'],
          found.map((each) => [
            each.agent_id,
            each.name,
            each.role,
            each.status,
            each.active_count,
            each.max_concurrent,
            Object.entries(each.skills)
              .map(([skill, level]) => `${skill}=${level}`)
              .join(' '),
          ]),
        ),
      );
    });
  for (const [name, status] of [
    ['online', 'ONLINE'],
    ['offline', 'OFFLINE'],
  ] as const)
    agents
      .command(name)
      .argument('<id>')
      .description(`sets an agent ${status}`)
      .addHelpText('after', example(`agents ${name} agent_ana`))
      .action(async (id: string) => {
        const agent = await around.client().staff.setPresence(id, status);
        out.line(`${agent.agent_id} is ${agent.status}`);
      });
  agents
    .command('token')
    .argument('<id>')
    .description("a token for an agent's desk, alone on standard output; whoever has it is that agent")
    .option('--json', 'as JSON, with the time at which it expires')
    .addHelpText('after', example('agents token agent_ana'))
    .action(async (id: string, options: { json?: true }) => {
      const { data } = await around.client().api.POST('/api/v1/human-agents/{id}/token', {
        params: { path: { id } },
      });
      const issued = data as { token: string; expires_at: string };
      if (!options.json) out.note(`It expires at ${issued.expires_at}`);
      out.line(options.json ? json(issued) : issued.token);
    });
};

/** Everybody who waits. */
export const waiting = async (client: BatonClient): Promise<QueueItem[]> => {
  const items: QueueItem[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await client.api.GET('/api/v1/queue', {
      params: { query: { limit: PAGE, ...(cursor !== undefined && { cursor }) } },
    });
    items.push(...(data?.items ?? []));
    cursor = data?.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return items;
};

const allAgents = async (client: BatonClient): Promise<HumanAgent[]> => {
  const found: HumanAgent[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await client.api.GET('/api/v1/human-agents', {
      params: { query: { limit: PAGE, ...(cursor !== undefined && { cursor }) } },
    });
    found.push(...(data?.items ?? []));
    cursor = data?.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return found;
};

const queueTable = (items: readonly QueueItem[]): string =>
  items.length === 0
    ? 'Nobody waits.'
    : table(
        [
          '#',
          'CONVERSATION',
          'PRIORITY',
          'REASON',
          'WAITED',
          'ESTIMATE',
          'ANSWER DUE',
          'OFFERED TO',
          'SKILLS',
        ],
        items.map((item) => [
          item.position,
          item.conversation_id,
          item.priority,
          item.reason,
          duration(item.waited_seconds),
          duration(item.estimated_wait_seconds),
          item.sla_due_at.slice(11, 19),
          item.offered_to.join(' ') || '-',
          Object.entries(item.required_skills)
            .map(([skill, level]) => `${skill}=${level}`)
            .join(' '),
        ]),
      );
