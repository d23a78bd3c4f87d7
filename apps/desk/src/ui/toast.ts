export interface Toast {
  readonly title?: string;
  readonly message: string;
  readonly tone: 'bad' | 'note';
}

/** Says something in passing. What shows it is loaded when the first is said: most days nothing goes wrong. */
export const toast = (said: Toast): void => {
  void import('./toaster.js').then(({ showToast }) => showToast(said));
};
