import { createStore } from '../ui/store.js';

/** What this browser's user likes; nothing personal, so it may outlive the tab. */
export interface Preferences {
  readonly sound: boolean;
  readonly notifications: boolean;
  /** WCAG 2.1.4: shortcuts of one character can be turned off. */
  readonly singleKeys: boolean;
  readonly showDetails: boolean;
  readonly snippets: readonly Snippet[];
}

/** A text that is written often; `/name` puts it in. */
export interface Snippet {
  readonly name: string;
  readonly text: string;
}

const KEY = 'baton.desk.preferences';

const DEFAULTS: Preferences = {
  sound: false,
  notifications: false,
  singleKeys: true,
  showDetails: true,
  snippets: [
    {
      name: 'hello',
      text: 'Hello, thank you for waiting. I have read what you wrote and will help you now.',
    },
    { name: 'moment', text: 'One moment please, I am looking into it.' },
    { name: 'anything', text: 'Is there anything else I can do for you?' },
    { name: 'bye', text: 'Thank you for writing to us. Have a good day!' },
  ],
};

const load = (): Preferences => {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>;
    return {
      ...DEFAULTS,
      ...kept,
      snippets: Array.isArray(kept.snippets) ? kept.snippets : DEFAULTS.snippets,
    };
  } catch {
    // Written by another version, or no storage: begin anew.
    return DEFAULTS;
  }
};

export const preferences = createStore<Preferences>(load());

preferences.subscribe(() => {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences.get()));
  } catch {
    // Without storage they hold until the tab is closed.
  }
});

export const prefer = (part: Partial<Preferences>): void => preferences.set((now) => ({ ...now, ...part }));
