import { Button, Kbd } from '@mantine/core';
import { IconBolt, IconChevronDown } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Offer } from '../api/types.js';
import { wordsOf } from '../i18n/i18n.js';
import { useConversation } from '../live/queries.js';
import { preferences } from '../preferences/preferences.js';
import { lazyMenu } from '../ui/menu-button.js';
import { useNow } from '../ui/now.js';
import { useStore } from '../ui/store.js';
import { customerName } from '../ui/who.js';
import type { DeclineMenuProps } from './decline-menu.js';
import styles from './offer-card.module.css';

interface OfferCardProps {
  readonly offer: Offer;
  readonly isBusy: boolean;
  readonly onAccept: () => void;
  readonly onDecline: (reason: string) => void;
}

const DeclineMenu = lazyMenu<DeclineMenuProps>(() => import('./decline-menu.js'));

/** Who it is, why it comes, what the AI tried, and how long there is to say yes. */
export const OfferCard = ({ offer, isBusy, onAccept, onDecline }: OfferCardProps): ReactElement => {
  const { t } = useTranslation();
  const { singleKeys } = useStore(preferences);
  const { data } = useConversation(offer.conversation_id);
  const context = offer.handover_context;
  const lastWords = context?.last_messages.findLast(({ role }) => role === 'user')?.content;
  return (
    <article className={styles.card} data-offer={offer.offer_id}>
      <Countdown offer={offer} />
      <header className={styles.head}>
        <h2 className={styles.name}>{customerName(data?.customer, t('offer.unknown_customer'))}</h2>
        {context && context.priority !== 'NORMAL' && (
          <span className={styles.priority} data-priority={context.priority}>
            {t(`priority.${context.priority}`)}
          </span>
        )}
      </header>
      {context ? (
        <>
          <p className={styles.reason}>
            {wordsOf('reason', context.reason)}
            {context.intent !== null && <span className={styles.intent}>{context.intent}</span>}
          </p>
          {(context.summary ?? lastWords) && (
            <p className={`${styles.summary} words`}>{context.summary ?? `“${lastWords}”`}</p>
          )}
          <p className={styles.tried}>
            <IconBolt size={13} aria-hidden /> {t('offer.tried')}:{' '}
            {context.tried.map(({ tool }) => tool).join(', ') || t('offer.nothing_tried')}
          </p>
        </>
      ) : (
        <p className={styles.summary}>{t('offer.erased')}</p>
      )}
      <div className={styles.buttons}>
        <Button
          flex={1}
          onClick={onAccept}
          loading={isBusy}
          rightSection={singleKeys && <Kbd size="xs">A</Kbd>}
        >
          {t('offer.accept')}
        </Button>
        <DeclineMenu
          onDecline={onDecline}
          button={(on) => (
            <Button variant="default" disabled={isBusy} rightSection={<IconChevronDown size={14} />} {...on}>
              {t('offer.decline')}
            </Button>
          )}
        />
      </div>
    </article>
  );
};

const Countdown = ({ offer }: { readonly offer: Offer }): ReactElement => {
  const { t } = useTranslation();
  const now = useNow();
  const end = Date.parse(offer.expires_at);
  const whole = Math.max(1, end - Date.parse(offer.created_at));
  const left = Math.max(0, end - now);
  return (
    <>
      <div className={styles.time}>
        <span>{t('offer.title')}</span>
        <span className="tabular" role="timer" aria-live="off">
          {t('offer.expires', { seconds: Math.ceil(left / 1000) })}
        </span>
      </div>
      <div className={styles.bar} aria-hidden>
        <div
          className={styles.fill}
          data-urgent={left < 10_000}
          style={{ transform: `scaleX(${Math.min(1, left / whole)})` }}
        />
      </div>
    </>
  );
};
