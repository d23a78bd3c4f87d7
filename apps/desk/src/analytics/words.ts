import { enAnalytics } from '../i18n/en-analytics.js';
import { addWords } from '../i18n/i18n.js';

addWords(enAnalytics);
