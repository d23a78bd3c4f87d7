import { Alert, Button, Modal } from '@mantine/core';
import { isProblem } from '@baton/client';
import { type ReactElement, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';

import styles from './act-dialog.module.css';

interface ActDialogProps {
  readonly title: string;
  readonly action: string;
  readonly isReady?: boolean;
  readonly onClose: () => void;
  /** Rejects with what the server said: the dialog stays open and shows it. */
  readonly onAct: () => Promise<unknown>;
  readonly children: ReactNode;
}

/** Asks for what an action needs, does it, and says why where it was not done. Ctrl+Enter does it too. */
export const ActDialog = (props: ActDialogProps): ReactElement => {
  const { title, action, isReady = true, onClose, onAct, children } = props;
  const { t } = useTranslation();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const act = async (): Promise<void> => {
    if (!isReady || isBusy) return;
    setBusy(true);
    setFailure(null);
    try {
      await onAct();
      onClose();
    } catch (error) {
      setFailure(isProblem(error) ? error.message : t('error.unreachable'));
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('dialog.cancel') }}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void act();
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void act();
        }}
      >
        {children}
        {failure !== null && (
          <Alert color="red" role="alert" title={t('dialog.failed')}>
            {failure}
          </Alert>
        )}
        <div className={styles.buttons}>
          <Button variant="default" onClick={onClose}>
            {t('dialog.cancel')}
          </Button>
          <Button type="submit" loading={isBusy} disabled={!isReady}>
            {action}
          </Button>
        </div>
      </form>
    </Modal>
  );
};
