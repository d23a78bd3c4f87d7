import { rolePassword, serviceUrls } from './roles.js';

const ADMIN = 'postgres://postgres:p%40ss@db.example:5433/baton?sslmode=require';

describe("a service's role", () => {
  it('has a password that follows from the administrator’s, another for each role', () => {
    expect(rolePassword(ADMIN, 'baton_gateway')).toBe(rolePassword(ADMIN, 'baton_gateway'));
    expect(rolePassword(ADMIN, 'baton_gateway')).not.toBe(rolePassword(ADMIN, 'baton_gateway_system'));
    expect(rolePassword(ADMIN.replace('p%40ss', 'other'), 'baton_gateway')).not.toBe(
      rolePassword(ADMIN, 'baton_gateway'),
    );
  });

  it('does not depend on the database or on how its server is reached', () => {
    expect(rolePassword('postgres://postgres:p%40ss@127.0.0.1/other', 'baton_gateway')).toBe(
      rolePassword(ADMIN, 'baton_gateway'),
    );
  });

  it('connects to the same server and database as the administrator', () => {
    const { app, system } = serviceUrls(ADMIN, 'queue-manager');
    expect(new URL(app)).toMatchObject({
      username: 'baton_queue_manager',
      host: 'db.example:5433',
      pathname: '/baton',
      search: '?sslmode=require',
    });
    expect(new URL(system).username).toBe('baton_queue_manager_system');
    expect(app).not.toContain('p%40ss');
  });
});
