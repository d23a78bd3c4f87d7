import { parseCommand, UsageError } from './arguments.js';

describe('what the audit command is told', () => {
  it('is a verb and the options of that verb', () => {
    expect(
      parseCommand(['verify', '--tenant', 'acme', '--roots', 'kept.json', '--from', '2026-11-22']),
    ).toEqual({
      verb: 'verify',
      tenant: 'acme',
      rootsFile: 'kept.json',
      json: false,
      from: '2026-11-22T00:00:00.000Z',
      to: undefined,
    });
    expect(
      parseCommand(['export', '--format', 'csv', '--actor', 'human_agent:ana', '--by', 'me']),
    ).toMatchObject({
      verb: 'export',
      tenant: 'default',
      format: 'csv',
      by: 'me',
      filter: { actor: { type: 'human_agent', id: 'ana' } },
    });
  });

  it('is refused where it is nothing that this does', () => {
    const wrong = [
      [],
      ['erase'],
      ['verify', 'now'],
      ['verify', '--format', 'csv'],
      ['roots', '--json'],
      ['export', '--format', 'xml'],
      ['export', '--outcome', 'MAYBE'],
      ['verify', '--from', 'yesterday'],
      ['verify', '--from'],
    ];
    for (const argv of wrong) expect(() => parseCommand(argv)).toThrow(UsageError);
  });
});
