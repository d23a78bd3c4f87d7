import { IconCheck, IconHourglass, IconRobot, IconSparkles, IconUser } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { ConversationState } from '../api/types.js';
import { Badge } from './badge.js';

const LOOKS = {
  NEW: { icon: IconSparkles, tone: 'ai' },
  AI_PROCESSING: { icon: IconRobot, tone: 'ai' },
  FINISHED: { icon: IconRobot, tone: 'ai' },
  BACK_TO_AI: { icon: IconRobot, tone: 'ai' },
  PENDING_HUMAN: { icon: IconHourglass, tone: 'warn' },
  HUMAN_ACTIVE: { icon: IconUser, tone: 'human' },
  RESOLVED: { icon: IconCheck, tone: 'quiet' },
} as const;

interface StateBadgeProps {
  readonly state: ConversationState;
  /** In place of the state's own words. */
  readonly text?: string | undefined;
}

/** A state by icon, words and colour, so that none of them is needed alone. */
export const StateBadge = ({ state, text }: StateBadgeProps): ReactElement => {
  const { t } = useTranslation();
  const { icon, tone } = LOOKS[state];
  return (
    <Badge icon={icon} tone={tone} state={state}>
      {text ?? t(`state.${state}`)}
    </Badge>
  );
};
