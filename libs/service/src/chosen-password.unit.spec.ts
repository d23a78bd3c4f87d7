import { chosenPassword } from './roles.js';

describe('chosenPassword', () => {
  const urls = [
    'postgres://baton_gateway:p%40ss@db/baton',
    undefined,
    'postgres://baton_gateway_system:other@db/baton',
  ];

  it('is the one in the URL that names the role', () => {
    expect(chosenPassword('baton_gateway', urls)).toBe('p@ss');
    expect(chosenPassword('baton_gateway_system', urls)).toBe('other');
  });

  it("is none where no URL names the role: an administrator's URL gives no service its password", () => {
    expect(chosenPassword('baton_orchestrator', urls)).toBeUndefined();
    expect(chosenPassword('baton_gateway', ['postgres://postgres:admin@db/baton'])).toBeUndefined();
    expect(chosenPassword('baton_gateway', ['postgres://baton_gateway@db/baton'])).toBeUndefined();
  });
});
