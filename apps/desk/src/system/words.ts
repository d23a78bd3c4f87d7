import { enSystem } from '../i18n/en-system.js';
import { addWords } from '../i18n/i18n.js';

addWords(enSystem);
