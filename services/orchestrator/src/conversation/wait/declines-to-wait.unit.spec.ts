import { declinesToWait } from './declines-to-wait.js';

describe('who waits for a person', () => {
  it.each([
    'never mind',
    'Nevermind!',
    'Oh, never mind. Thanks anyway!',
    'Forget it',
    'cancel that please',
    'Cancel my request',
    "I don't want to wait any longer",
    'I don’t need a human anymore',
    "I'd rather not wait",
    'no need to wait',
    'Back to the bot, please',
    'Schon gut, danke',
    'Hat sich erledigt.',
    'No importa, gracias',
    'Laissez tomber, merci',
  ])('may say: %s', (text) => expect(declinesToWait(text)).toBe(true));

  it.each([
    'never mind the colour, where is my order?',
    'Never mind?',
    'cancel my order',
    'Please cancel',
    'I do not want to wait, get me a person now',
    'I want to cancel',
    'thanks',
    'ok',
    'no',
    'Why must I wait?',
    "I don't need a refund",
    'Forget it, I will sue you',
    'hello?',
    '',
    `${'never mind '.repeat(20)}`,
  ])('goes on waiting with: %s', (text) => expect(declinesToWait(text)).toBe(false));
});
