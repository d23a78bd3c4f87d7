import i18next from 'i18next';

import type { ConversationState } from '../api/types.js';
import { wordsOf } from '../i18n/i18n.js';
import type { Grouping } from './analytics-api.js';

/** A group's name as people say it. */
export const keyWords = (grouping: Grouping, key: string): string => {
  if (key === '') return i18next.t('analytics.no_group');
  if (grouping === 'reason') return wordsOf('reason', key);
  if (grouping === 'handler')
    return key === 'ai' ? i18next.t('analytics.owner_ai') : i18next.t('analytics.owner_human');
  if (grouping === 'state') return i18next.t(`state.${key as ConversationState}`, { defaultValue: key });
  return key;
};
