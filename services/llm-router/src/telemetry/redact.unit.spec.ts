import { redact } from './redact.js';

describe('what is redacted', () => {
  it.each([
    ['Write to ana.b+c@mail.example.org now', 'Write to [email] now'],
    ['My card is 4111 1111 1111 1111.', 'My card is [card].'],
    ['IBAN DE89 3704 0044 0532 0130 00', 'IBAN [iban]'],
    ['Call +49 170 1234567 please', 'Call [phone] please'],
    ['key sk-proj-abcdefghijklmnop', 'key [secret]'],
    ['from 192.168.1.20', 'from [ip]'],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  it.each(['Order 1001 costs 29.90 EUR', 'on 2026-11-22', 'It is 10:30, step 3 of 4'])(
    'and not: %s',
    (text) => {
      expect(redact(text)).toBe(text);
    },
  );
});
