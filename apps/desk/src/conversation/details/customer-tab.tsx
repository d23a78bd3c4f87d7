import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import type { Conversation } from '../../api/types.js';
import { useOthersOf } from '../../live/queries.js';
import { fullTime, money, shortTime } from '../../ui/format.js';
import { StateBadge } from '../../ui/state-badge.js';
import styles from './customer-tab.module.css';
import { Facts } from './facts.js';

/** Who it is, and what else they have talked about. */
export const CustomerTab = ({ conversation }: { readonly conversation: Conversation }): ReactElement => {
  const { t } = useTranslation();
  const { customer, workflow, usage } = conversation;
  const others = useOthersOf(customer?.id).data?.items.filter(
    ({ conversation_id }) => conversation_id !== conversation.conversation_id,
  );
  return (
    <>
      {customer ? (
        <Facts
          facts={[
            [t('details.name'), customer.name ?? null],
            [t('details.id'), customer.id],
            [t('details.locale'), customer.locale ?? null],
          ]}
        />
      ) : (
        <p className={styles.hint}>{t('details.no_customer')}</p>
      )}
      <Facts
        facts={[
          [t('details.conversation_id'), conversation.conversation_id],
          [t('details.workflow'), `${workflow.name} v${workflow.version}`],
          [t('details.turns'), String(conversation.turn_count)],
          [t('details.ai_cost'), money(usage.cost_usd)],
          [t('details.started'), fullTime(conversation.created_at)],
        ]}
      />
      {others && (
        <>
          <h3 className={styles.title}>{t('details.others')}</h3>
          {others.length === 0 && <p className={styles.hint}>{t('details.no_others')}</p>}
          <ul className={styles.others}>
            {others.map((other) => (
              <li key={other.conversation_id}>
                <Link href={`/c/${encodeURIComponent(other.conversation_id)}`} className={styles.other ?? ''}>
                  <span className="clip">{other.conversation_id}</span>
                  <StateBadge state={other.state} />
                  <time dateTime={other.updated_at}>{shortTime(other.updated_at)}</time>
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
};
