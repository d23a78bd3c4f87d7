import { RecentLooks } from './recent-looks.js';

describe('looks at the same thing', () => {
  it('are one within a minute, and another one behind it', () => {
    let now = 0;
    const looks = new RecentLooks(() => now);
    expect([looks.isNew('ana conv_1'), looks.isNew('ana conv_1'), looks.isNew('bob conv_1')]).toEqual([
      true,
      false,
      true,
    ]);
    now = 59_999;
    expect(looks.isNew('ana conv_1')).toBe(false);
    now = 60_000;
    expect(looks.isNew('ana conv_1')).toBe(true);
  });

  it('are told twice rather than not at all where more are known than is remembered', () => {
    const looks = new RecentLooks(() => 0);
    looks.isNew('first');
    for (let other = 0; other < 20_000; other += 1) looks.isNew(`other ${other}`);
    expect(looks.isNew('first')).toBe(true);
  });
});
