import { figure, percentKept, seconds } from './figures.js';

describe('the figures of the system page', () => {
  it('are as precise as they say something', () => {
    expect([figure(0.123), figure(5.26), figure(1234.5)]).toEqual(['0.12', '5.3', '1,235']);
    expect([seconds(null), seconds(0), seconds(0.0314), seconds(2.14), seconds(75)]).toEqual([
      '–',
      '0 ms',
      '31 ms',
      '2.1 s',
      '75 s',
    ]);
  });

  it('do not say that all came in time where one did not', () => {
    expect([percentKept(1), percentKept(0.9996), percentKept(null)]).toEqual(['100%', '99.9%', '–']);
  });
});
