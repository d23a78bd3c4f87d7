import { Button } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import { assign } from '../api/commands.js';
import type { Conversation } from '../api/types.js';
import { useAgentName } from '../live/queries.js';
import { session } from '../session/session.js';
import { sayFailure } from '../ui/failure.js';
import { shortTime } from '../ui/format.js';
import { customerName } from '../ui/who.js';
import styles from './team.module.css';

/** More are found by the search. */
const MOST = 100;

/** Who talks with whom right now: look in, or take over. */
export const ActiveList = ({ items }: { readonly items: readonly Conversation[] }): ReactElement => {
  const { t } = useTranslation();
  const nameOf = useAgentName();
  const me = session.get()?.agentId ?? '';
  const takeOver = (id: string): void => {
    assign(id, me).catch((error: unknown) => sayFailure(t('dialog.failed'), error));
  };
  return (
    <section>
      <h2 className={styles.title}>
        {t('team.active')} ({items.length})
      </h2>
      {items.length === 0 ? (
        <p className={styles.none}>{t('team.none_active')}</p>
      ) : (
        <ul className={styles.list}>
          {items.slice(0, MOST).map((each) => (
            <li key={each.conversation_id} className={styles.one} data-conversation={each.conversation_id}>
              <Link href={`/c/${encodeURIComponent(each.conversation_id)}`} className={`${styles.name} clip`}>
                {customerName(each.customer, each.conversation_id)}
              </Link>
              <span className={`${styles.quiet} clip`}>{nameOf(each.assigned_agent_id)}</span>
              <time className={styles.quiet} dateTime={each.updated_at}>
                {shortTime(each.updated_at)}
              </time>
              <Button
                size="compact-xs"
                variant="default"
                disabled={each.assigned_agent_id === me}
                onClick={() => takeOver(each.conversation_id)}
              >
                {t('team.take_over')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {items.length > MOST && <p className={styles.quiet}>{t('search.cut', { count: MOST })}</p>}
    </section>
  );
};
