import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { LogEvent } from '../api/types.js';
import { CopyButton } from './copy-button.js';
import styles from './inspector.module.css';

/** The event as it is in the log, for those who ask for it. */
export const RawEvent = ({ event }: { readonly event: LogEvent }): ReactElement => {
  const { t } = useTranslation();
  const text = JSON.stringify(event, null, 2);
  const label = t('inspector.raw', { version: event.version });
  return (
    <div className={styles.raw}>
      <CopyButton text={text} what="event" />
      <pre tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
    </div>
  );
};
