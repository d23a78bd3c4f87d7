import { answerSmallTalk } from './small-talk.js';

describe('small talk', () => {
  it.each([
    'hello',
    'Hello!',
    'hi there :)',
    'Good morning 👋',
    'HEY',
    'how are you?',
    'Hallo',
    'Buenos días',
    'bonjour',
    'ciao',
    'Olá!',
    'goedemorgen',
    'Dzień dobry',
    'thanks',
    'Thank you so much!',
    'ok thanks bye',
    'bye',
    'Merci beaucoup',
    'okay',
  ])('%s is answered politely', (message) => {
    expect(answerSmallTalk(message)).toMatch(/\w/);
  });

  it.each(['who are you?', 'Are you a bot?', 'are you a real person', 'what can you do?'])(
    '%s is answered with what it is',
    (message) => {
      expect(answerSmallTalk(message)).toContain('automated assistant');
    },
  );

  it('is answered in the language that it is made in', () => {
    expect(answerSmallTalk('Guten Tag')).toContain('Womit');
    expect(answerSmallTalk('gracias')).toContain('De nada');
  });

  it.each([
    'hello, where is my order 1001?',
    'hi, I want to speak to a person',
    'thanks for nothing, this is broken',
    'Hello world program in Python',
    'high prices',
    'bye bye money',
    'ok so how do I return it?',
    '',
    '?',
    'history',
    'are you a registered company?',
    'who are your shareholders?',
    'okay I want a refund',
  ])('"%s" is none', (message) => {
    expect(answerSmallTalk(message)).toBeUndefined();
  });
});
