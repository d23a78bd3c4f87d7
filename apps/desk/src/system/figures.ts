const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const precise = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 2 });
const share = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 1 });

/** Small numbers to two digits, large ones whole. */
export const figure = (value: number): string => (value >= 10 ? whole : precise).format(value);

/** `340 ms`, `2.1 s`; a dash for what is not known. */
export const seconds = (value: number | null): string =>
  value === null ? '–' : value < 1 ? `${whole.format(value * 1000)} ms` : `${figure(value)} s`;

/** 99.96 % is not all of them: rounded down. */
export const percentKept = (value: number | null): string =>
  value === null ? '–' : share.format(Math.floor(value * 1000) / 1000);
