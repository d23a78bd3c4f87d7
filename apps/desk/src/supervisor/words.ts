import { enTeam } from '../i18n/en-team.js';
import { addWords } from '../i18n/i18n.js';

addWords(enTeam);
