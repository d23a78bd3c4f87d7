import {
  IconArrowBackUp,
  IconArrowsRightLeft,
  IconCheck,
  IconEraser,
  IconHandStop,
  IconInfoCircle,
  IconMoodSad,
  IconPhoneOff,
  IconRobot,
  IconStar,
  IconUserCheck,
} from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import type { ComponentType, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { wordsOf } from '../../i18n/i18n.js';
import { fullTime, timeOfDay } from '../../ui/format.js';
import type { MarkItem, MarkName } from '../transcript.js';
import styles from './mark-row.module.css';

const ICONS: Readonly<Record<MarkName, ComponentType<{ size?: number }>>> = {
  handed_over: IconHandStop,
  assigned: IconUserCheck,
  released: IconArrowBackUp,
  transferred: IconArrowsRightLeft,
  resolved: IconCheck,
  returned_to_ai: IconRobot,
  handover_cancelled: IconRobot,
  callback_cancelled: IconPhoneOff,
  notice: IconInfoCircle,
  feedback_recorded: IconStar,
  turn_failed: IconMoodSad,
  erased: IconEraser,
};

interface MarkRowProps {
  readonly mark: MarkItem;
  readonly me: string;
  readonly nameOf: (id: string | null) => string;
}

/** A line across: here the conversation changed hands. */
export const MarkRow = ({ mark, me, nameOf }: MarkRowProps): ReactElement => {
  const { t } = useTranslation();
  const Icon = ICONS[mark.name];
  const name = mark.agentId === me ? t('conversation.you') : nameOf(mark.agentId);
  return (
    <div className={styles.mark} data-mark={mark.name}>
      <p className={styles.line}>
        <Icon size={14} aria-hidden />
        <span>{wordsOfMark(mark, name, mark.agentId === me, t)}</span>
        <time dateTime={mark.at} title={fullTime(mark.at)} className="tabular">
          {timeOfDay(mark.at)}
        </time>
      </p>
      {mark.note !== null && mark.note !== '' && (
        <p className={`${styles.note} words`}>
          {mark.name === 'returned_to_ai' ? t('mark.guidance', { note: mark.note }) : mark.note}
        </p>
      )}
    </div>
  );
};

const wordsOfMark = (mark: MarkItem, name: string, isMe: boolean, t: TFunction): string => {
  switch (mark.name) {
    case 'handed_over':
      return t('mark.handed_over', { reason: wordsOf('reason', mark.reason ?? '') });
    case 'assigned':
      return isMe ? t('mark.assigned_you') : t('mark.assigned', { name });
    case 'resolved':
      return mark.agentId === null ? t('mark.resolved_alone') : t('mark.resolved', { name });
    case 'returned_to_ai':
      return mark.agentId === null ? t('mark.returned_alone') : t('mark.returned_to_ai', { name });
    case 'feedback_recorded':
      return t('mark.feedback_recorded', { rating: mark.rating ?? 0 });
    case 'released':
      if (mark.cause === 'silent' || mark.cause === 'gone')
        return t(isMe ? `mark.released_${mark.cause}_you` : `mark.released_${mark.cause}`, { name });
      return t('mark.released', { name });
    case 'transferred':
      return t('mark.transferred', { name });
    case 'handover_cancelled':
      if (mark.cause === 'decided') return t('mark.decided');
      return t(mark.cause === 'callback' ? 'mark.callback_promised' : 'mark.handover_cancelled');
    case 'callback_cancelled':
    case 'notice':
    case 'turn_failed':
    case 'erased':
      return t(`mark.${mark.name}`);
    default:
      return mark.name satisfies never;
  }
};
