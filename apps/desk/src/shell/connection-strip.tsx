import { IconAlertTriangle, IconClockExclamation, IconPlugConnectedX } from '@tabler/icons-react';
import { type ReactElement, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';

import { connectionState } from '../live/live.js';
import { asClock } from '../queue/service-level.js';
import { session } from '../session/session.js';
import { useNow } from '../ui/now.js';
import { useStore } from '../ui/store.js';
import styles from './connection-strip.module.css';

const SOON_MS = 10 * 60_000;

const onNetwork = (listener: () => void): (() => void) => {
  addEventListener('online', listener);
  addEventListener('offline', listener);
  return () => {
    removeEventListener('online', listener);
    removeEventListener('offline', listener);
  };
};

/** Says what stands between the agent and the customers; nothing while all is well. */
export const ConnectionStrip = (): ReactElement => {
  const { t } = useTranslation();
  const state = useStore(connectionState);
  const isOnline = useSyncExternalStore(onNetwork, () => navigator.onLine);
  return (
    <div role="status">
      {!isOnline ? (
        <p className={styles.strip} data-tone="bad">
          <IconPlugConnectedX size={16} aria-hidden />
          {t('connection.offline')}
        </p>
      ) : (
        (state === 'reconnecting' || state === 'closed') && (
          <p className={styles.strip} data-tone="warn">
            <IconAlertTriangle size={16} aria-hidden />
            {t(`connection.${state}`)}
          </p>
        )
      )}
      <ExpiryWarning />
    </div>
  );
};

const ExpiryWarning = (): ReactElement | null => {
  const { t } = useTranslation();
  const expiresAtMs = useStore(session)?.expiresAtMs ?? Infinity;
  const left = expiresAtMs - useNow();
  if (left > SOON_MS) return null;
  // To the minute: it is read out each time it changes.
  const time = asClock(Math.ceil(left / 60_000) * 60_000);
  return (
    <p className={styles.strip} data-tone="warn">
      <IconClockExclamation size={16} aria-hidden />
      {t('connection.expires_soon', { time })}
    </p>
  );
};
