import { Button } from '@mantine/core';
import { lazy, type ReactElement, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { assign } from '../api/commands.js';
import type { QueueItem } from '../api/types.js';
import { QueueList } from '../queue/queue-list.js';
import { session } from '../session/session.js';
import { sayFailure } from '../ui/failure.js';
import styles from './team.module.css';

const AssignDialog = lazy(() =>
  import('../conversation/dialogs/assign.dialog.js').then((module) => ({ default: module.AssignDialog })),
);

/** The whole queue, with the means to give a conversation to somebody. */
export const TeamQueue = ({ items }: { readonly items: readonly QueueItem[] }): ReactElement => {
  const { t } = useTranslation();
  const [assigned, setAssigned] = useState<string | null>(null);
  const take = (id: string): void => {
    assign(id, session.get()?.agentId ?? '').catch((error: unknown) => sayFailure(t('dialog.failed'), error));
  };
  return (
    <section>
      <h2 className={styles.title}>{t('queue.title')}</h2>
      {items.length === 0 ? (
        <p className={styles.none}>{t('queue.empty')}</p>
      ) : (
        <div className={styles.queue}>
          <QueueList
            items={items}
            actions={({ conversation_id: id }) => (
              <>
                <Button size="compact-xs" variant="default" onClick={() => setAssigned(id)}>
                  {t('dialog.assign')}
                </Button>
                <Button size="compact-xs" variant="default" onClick={() => take(id)}>
                  {t('team.take')}
                </Button>
              </>
            )}
          />
        </div>
      )}
      <Suspense>
        {assigned !== null && (
          <AssignDialog conversationId={assigned} ownerId={null} onClose={() => setAssigned(null)} />
        )}
      </Suspense>
    </section>
  );
};
