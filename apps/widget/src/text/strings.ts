/** All that the widget says; a page gives its own as the `strings` property, whole or in part. */
export interface Strings {
  readonly heading: string;
  readonly open: string;
  readonly close: string;
  readonly greeting: string;
  readonly messages: string;
  readonly input: string;
  readonly placeholder: string;
  readonly send: string;
  readonly tooLong: string;
  readonly you: string;
  readonly assistant: string;
  readonly person: string;
  readonly answering: string;
  readonly typing: string;
  readonly sending: string;
  readonly refused: string;
  readonly discard: string;
  readonly connecting: string;
  readonly reconnecting: string;
  readonly waiting: string;
  /** With `{position}`. */
  readonly place: string;
  readonly next: string;
  /** With `{minutes}`. */
  readonly estimate: string;
  readonly estimateSoon: string;
  readonly withPerson: string;
  readonly backToAssistant: string;
  readonly resolved: string;
  readonly erased: string;
  readonly askForPerson: string;
  /** Said as a message where nothing was said before. */
  readonly personRequest: string;
  readonly cancelWait: string;
  readonly rate: string;
  readonly rateAgain: string;
  /** With `{rating}`. */
  readonly stars: string;
  readonly comment: string;
  readonly sendRating: string;
  readonly notNow: string;
  readonly thanks: string;
  readonly failed: string;
  readonly newMessages: string;
  readonly opensElsewhere: string;
}

export const ENGLISH: Strings = {
  heading: 'Chat with us',
  open: 'Open the chat',
  close: 'Close the chat',
  greeting: 'Hello! How can we help?',
  messages: 'Messages',
  input: 'Your message',
  placeholder: 'Write a message',
  send: 'Send',
  tooLong: 'This message is too long: at most 32,000 characters.',
  you: 'You',
  assistant: 'Assistant',
  person: 'Support',
  answering: 'The assistant is writing',
  typing: 'Support is typing',
  sending: 'Sending',
  refused: 'Not sent',
  discard: 'Remove',
  connecting: 'Connecting',
  reconnecting: 'Reconnecting. What you write is kept and sent as soon as the connection is back.',
  waiting: 'You are waiting for a person.',
  place: 'You are number {position} in the queue.',
  next: 'You are next.',
  estimate: 'About {minutes} min.',
  estimateSoon: 'Less than a minute.',
  withPerson: 'You are talking to a person.',
  backToAssistant: 'The assistant is back.',
  resolved: 'This conversation has ended. Write again whenever you like.',
  erased: 'This conversation was deleted.',
  askForPerson: 'Talk to a person',
  personRequest: 'I would like to talk to a person.',
  cancelWait: 'Never mind',
  rate: 'How was it?',
  rateAgain: 'Rate this conversation',
  stars: '{rating} of 5',
  comment: 'Anything to add?',
  sendRating: 'Send rating',
  notNow: 'Not now',
  thanks: 'Thank you for your rating.',
  failed: 'That did not work. Please try again.',
  newMessages: 'New messages',
  opensElsewhere: '(opens in a new tab)',
};

/** Puts values in the places that a string names. */
export const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (place, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : place,
  );
