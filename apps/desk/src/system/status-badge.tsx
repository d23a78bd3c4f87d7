import { IconAlertTriangle, IconCheck, IconCircleX, IconHelp } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { Badge } from '../ui/badge.js';

const LOOKS = {
  up: { icon: IconCheck, tone: 'good' },
  degraded: { icon: IconAlertTriangle, tone: 'warn' },
  down: { icon: IconCircleX, tone: 'bad' },
  silent: { icon: IconCircleX, tone: 'bad' },
  unknown: { icon: IconHelp, tone: 'quiet' },
} as const;
export type Health = keyof typeof LOOKS;

/** How something is. */
export const StatusBadge = ({
  status,
  text,
  title,
}: {
  readonly status: Health;
  /** In place of the status's own word. */
  readonly text?: string;
  readonly title?: string | undefined;
}): ReactElement => {
  const { t } = useTranslation();
  return (
    <Badge {...LOOKS[status]} state={status} title={title}>
      {text ?? t(`system.state.${status}`)}
    </Badge>
  );
};
