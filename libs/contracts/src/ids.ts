import { z } from 'zod';

/** What a caller may choose as a conversation's id; unique per tenant. */
export const ConversationId = z.string().regex(/^[A-Za-z0-9_:-]{1,128}$/);
/** What a caller may choose as a turn's id, an agent's id or a workflow's name. */
export const CallerToken = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/);
/** Owners and actors that are no person. */
const RESERVED_AGENT_IDS: readonly string[] = ['ai', 'human', 'baton', 'system', 'api_key', 'customer'];
/** What a caller may choose as a human agent's id. */
export const AgentId = CallerToken.refine(
  (id) => !RESERVED_AGENT_IDS.includes(id.toLowerCase()),
  'is a name that Baton uses itself',
);
export const TenantId = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/);

/** The kinds of ids that the server makes: `<kind>_<uuidv7>`. */
export const ID_KINDS = [
  'conv',
  'turn',
  'run',
  'ho',
  'offer',
  'msg',
  'notice',
  'agent',
  'tenant',
  'key',
  'mem',
  'call',
  'evt',
  'req',
  'tool',
  'hook',
  'dlv',
  'conn',
  'aud',
  'appr',
  'cons',
] as const;
export type IdKind = (typeof ID_KINDS)[number];

/** The tenant whose key `npm start` prints and whose admins make other tenants. */
export const DEFAULT_TENANT = 'default';
