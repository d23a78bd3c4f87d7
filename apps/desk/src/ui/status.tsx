import { Button, Loader } from '@mantine/core';
import { type ComponentType, type ReactElement, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import styles from './status.module.css';

export const Waiting = ({ label }: { readonly label?: string }): ReactElement => {
  const { t } = useTranslation();
  return (
    <div className={styles.status} role="status">
      <Loader />
      <span className="only-read">{label ?? t('app.loading')}</span>
    </div>
  );
};

interface EmptyProps {
  readonly icon: ComponentType<{ size?: number; stroke?: number }>;
  readonly title: string;
  readonly hint?: string | undefined;
  readonly children?: ReactNode;
}

/** Nothing is here, and what to do about it. */
export const Empty = ({ icon: Icon, title, hint, children }: EmptyProps): ReactElement => (
  <div className={styles.status}>
    <Icon size={28} stroke={1.4} aria-hidden />
    <p className={styles.title}>{title}</p>
    {hint !== undefined && <p className={styles.hint}>{hint}</p>}
    {children}
  </div>
);

interface FailedProps {
  readonly text: string;
  readonly onRetry: () => void;
}

export const Failed = ({ text, onRetry }: FailedProps): ReactElement => {
  const { t } = useTranslation();
  return (
    <div className={styles.status} role="alert">
      <p className={styles.title}>{text}</p>
      <p className={styles.hint}>{t('error.unreachable')}</p>
      <Button variant="default" onClick={onRetry}>
        {t('error.try_again')}
      </Button>
    </div>
  );
};
