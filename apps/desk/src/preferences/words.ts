import { enPreferences } from '../i18n/en-preferences.js';
import { addWords } from '../i18n/i18n.js';

addWords(enPreferences);
