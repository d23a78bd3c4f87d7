import { enApprovals } from '../i18n/en-approvals.js';
import { addWords } from '../i18n/i18n.js';

addWords(enApprovals);
