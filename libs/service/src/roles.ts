import { createHmac } from 'node:crypto';

import type pg from 'pg';

import { appRole, type ServiceName, systemRole } from './service-name.js';

export { RESTORE_PROGRESS_TABLE } from './restore-progress.js';
export { SERVICE_NAMES, type ServiceName } from './service-name.js';

const ALREADY_THERE = new Set(['42710' /* duplicate_object */, '23505' /* unique_violation */]);
const CONCURRENTLY_UPDATED = 'XX000';

/** A role's password: follows from the administrator's, so that nobody has to hand it around. */
export const rolePassword = (adminUrl: string, role: string): string => {
  const admin = new URL(adminUrl);
  return createHmac('sha256', `baton role password\n${decodeURIComponent(admin.password)}`)
    .update(role)
    .digest('hex')
    .slice(0, 40);
};

/** The password that an operator gave a role: in whichever of the URLs names it. */
export const chosenPassword = (role: string, urls: readonly (string | undefined)[]): string | undefined => {
  for (const url of urls) {
    if (!url) continue;
    const { username, password } = new URL(url);
    if (decodeURIComponent(username) === role && password !== '') return decodeURIComponent(password);
  }
  return undefined;
};

/** The administrator's URL with another role in it. */
export const serviceUrl = (adminUrl: string, role: string): string => {
  const url = new URL(adminUrl);
  url.username = encodeURIComponent(role);
  url.password = rolePassword(adminUrl, role);
  return url.href;
};

/** `DATABASE_URL` and `DATABASE_SYSTEM_URL` of a service. */
export const serviceUrls = (adminUrl: string, name: ServiceName): { app: string; system: string } => ({
  app: serviceUrl(adminUrl, appRole(name)),
  system: serviceUrl(adminUrl, systemRole(name)),
});

/**
 * Creates a login role that owns nothing, or sets its password again. Roles belong to the whole server:
 * another database's migration may be doing the same just now, and then it is done.
 */
export const ensureRole = async (admin: pg.Client, role: string, password: string): Promise<void> => {
  const attributes = `LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOBYPASSRLS PASSWORD ${admin.escapeLiteral(password)}`;
  const { rowCount } = await admin.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
  try {
    await admin.query(`${rowCount ? 'ALTER' : 'CREATE'} ROLE ${admin.escapeIdentifier(role)} ${attributes}`);
  } catch (error) {
    const { code, message } = error as pg.DatabaseError;
    const othersDidIt =
      ALREADY_THERE.has(code ?? '') ||
      (code === CONCURRENTLY_UPDATED && message.includes('tuple concurrently'));
    if (!othersDidIt) throw error;
  }
};
