/** Words of the preferences beyond those of the first view; they come with the dialog. */
export const enPreferences = {
  preferences: {
    title: 'Preferences',
    sound: 'Sound for offers and new messages',
    notifications: 'Desktop notifications while the desk is in the background',
    notifications_denied: 'Your browser does not allow notifications for this page.',
    single_keys: 'Shortcuts of a single key (A, J, K, …)',
    snippets: 'Snippets',
    snippets_hint: 'Kept in this browser. Type / and the name in the reply box.',
    snippet_name: 'Name',
    snippet_text: 'Text',
    add: 'Add',
    remove: 'Remove {{name}}',
  },
};
