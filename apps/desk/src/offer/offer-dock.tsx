import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import { wordsOf } from '../i18n/i18n.js';
import { useActions } from '../ui/actions.js';
import { OfferCard } from './offer-card.js';
import styles from './offer-dock.module.css';
import { useOpenOffers } from './use-offers.js';

/** The offer that ends first, at the same place on every page; the rest wait behind it. */
export const OfferDock = (): ReactElement => {
  const { t } = useTranslation();
  const { offers, busyId, accept, decline } = useOpenOffers();
  const [first] = offers;
  useActions(
    'offer',
    first
      ? [
          {
            id: 'accept',
            label: t('shortcut.accept'),
            key: 'A',
            everywhere: 'alt+A',
            run: () => accept(first),
          },
        ]
      : [],
  );
  return (
    <section className={styles.dock} aria-label={t('offer.region')} data-empty={first === undefined}>
      <p className="only-read" role="status">
        {first && t('offer.new', { reason: wordsOf('reason', first.handover_context?.reason ?? '') })}
      </p>
      {first && (
        <OfferCard
          key={first.offer_id}
          offer={first}
          isBusy={busyId === first.offer_id}
          onAccept={() => accept(first)}
          onDecline={(reason) => decline(first, reason)}
        />
      )}
      {offers.length > 1 && <p className={styles.more}>{t('offer.more', { count: offers.length - 1 })}</p>}
    </section>
  );
};
