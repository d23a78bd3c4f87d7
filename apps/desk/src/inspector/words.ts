import { addWords } from '../i18n/i18n.js';
import { enInspector } from '../i18n/en-inspector.js';

addWords(enInspector);
