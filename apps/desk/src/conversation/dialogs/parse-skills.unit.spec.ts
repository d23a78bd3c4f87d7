import { parseSkills } from './parse-skills.js';

describe('skills as they are typed', () => {
  it('are names with levels of 1 to 5', () => {
    expect(parseSkills('billing:3')).toEqual({ billing: 3 });
    expect(parseSkills(' billing : 3 ,spanish:5, ')).toEqual({ billing: 3, spanish: 5 });
  });

  it('are not what has no level, or another', () => {
    for (const text of ['', ' , ', 'billing', 'billing:0', 'billing:6', 'billing:3,spanish', ':3']) {
      expect(parseSkills(text)).toBeNull();
    }
  });
});
