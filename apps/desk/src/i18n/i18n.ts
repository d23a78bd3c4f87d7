import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

import { en, type Words } from './en.js';

declare module 'i18next' {
  interface CustomTypeOptions {
    readonly resources: { readonly translation: Words };
  }
}

export const startI18n = (): void => {
  void i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    // React shows text as text: escaping it before would show the escapes.
    interpolation: { escapeValue: false },
    initAsync: false,
  });
};

/** Words that come with a page; there before the page is drawn. */
export const addWords = (words: object): void => {
  i18next.addResourceBundle('en', 'translation', words, true, true);
};

/** Words of a code that the server may grow: one that has no words yet is shown as it is. */
export const wordsOf = (group: 'reason' | 'refusal', code: string): string =>
  i18next.exists(`${group}.${code}`) ? i18next.t(`${group}.${code}` as 'reason.staff') : code;
