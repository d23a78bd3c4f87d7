import { Random } from './random.js';

const draw = (random: Random): number[] => Array.from({ length: 20 }, () => random.int(0, 1000));

describe('a seed', () => {
  it('gives the same draws each time, and another seed others', () => {
    expect(draw(new Random('1'))).toEqual(draw(new Random('1')));
    expect(draw(new Random('1'))).not.toEqual(draw(new Random('2')));
  });

  it('gives each part a sequence of its own', () => {
    const whole = new Random('1');
    const alone = draw(whole.fork('load'));
    draw(whole.fork('faults'));
    whole.next();
    expect(draw(whole.fork('load'))).toEqual(alone);
  });

  it('draws both ends of a range, and every place of a list', () => {
    const random = new Random('ends');
    const drawn = new Set(Array.from({ length: 200 }, () => random.int(1, 3)));
    expect(drawn).toEqual(new Set([1, 2, 3]));
    expect(random.shuffle([1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4]);
  });
});
