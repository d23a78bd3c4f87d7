import type { Access } from './access.js';
import { whyOpen } from './open-routes.js';
import { SCOPES } from './principal.js';
import type { Route } from './route-table.js';

/** docs/reference/routes.md: the table of role × route, from the decorators. */
export const routesDocument = (routes: readonly Route[]): string => {
  const rows = routes.map(({ method, path, access }) => [`\`${method} ${path}\``, ...cellsOf(access)]);
  const head = ['route', ...SCOPES.map((scope) => `key: ${scope}`), 'staff from role', 'conversation token'];
  return [
    '# Who may call which route',
    '',
    "Generated from the gateway's decorators by `services/gateway/src/auth/routes.int.spec.ts`, which also calls",
    'each route with each kind of token. An API key needs one of the scopes marked; a staff role includes the roles',
    'before it (agent, senior, supervisor, admin); a conversation token is good for its own conversation. Without a',
    "token: 401. With one that may not do this: 403. Another tenant's object: 404.",
    '',
    line(head),
    line(head.map(() => '---')),
    ...rows.map(line),
    '',
    'Beyond the table: an agent sees, accepts and declines its own offers and sets its own presence (a supervisor',
    "sees all offers and sets anybody's presence); a `human_agent` message needs the staff token of the assigned",
    'agent; resolve, transfer and release are for the assigned agent, a supervisor or an API key, as the',
    'conversation itself decides; an approval is decided by a person whose role suffices for it; `GET /api/v1/system`',
    'shows the figures of the whole installation to administrators of the tenant `default` only.',
    '',
    'Open without a token, and why:',
    '',
    ...routes
      .filter(({ access }) => access === undefined)
      .map(({ method, path }) => `- \`${method} ${path}\`: ${whyOpen(path) ?? ''}`),
    '',
  ].join('\n');
};

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const cellsOf = (access: Access | undefined): string[] => {
  if (!access) return [...SCOPES.map(() => 'open'), 'open', 'open'];
  const tenant = access.defaultTenantOnly ? ' (default tenant)' : '';
  return [
    ...SCOPES.map((scope) => (access.scopes.includes(scope) ? `yes${tenant}` : '')),
    access.staff ?? '',
    access.customer ? 'yes' : '',
  ];
};
