import { isProblem } from '@baton/client';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';

import { acceptOffer, declineOffer } from '../api/commands.js';
import type { Listed } from '../api/pages.js';
import type { Offer } from '../api/types.js';
import { keys, queryClient, useOffers } from '../live/queries.js';
import { sayFailure } from '../ui/failure.js';
import { toast } from '../ui/toast.js';

const drop = (offerId: string): void => {
  queryClient.setQueryData<Listed<Offer>>(
    keys.offers,
    (offers) => offers && { ...offers, items: offers.items.filter(({ offer_id }) => offer_id !== offerId) },
  );
};

interface OpenOffers {
  /** The one that ends first, first. */
  readonly offers: readonly Offer[];
  /** The offer being accepted or declined. */
  readonly busyId: string | null;
  readonly accept: (offer: Offer) => void;
  readonly decline: (offer: Offer, reason: string) => void;
}

export const useOpenOffers = (): OpenOffers => {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [busyId, setBusy] = useState<string | null>(null);
  const items = useOffers().data?.items ?? [];
  const offers = [...items].sort((a, b) => a.expires_at.localeCompare(b.expires_at));

  const settle = useCallback(
    async (offer: Offer, act: () => Promise<unknown>): Promise<boolean> => {
      setBusy(offer.offer_id);
      try {
        await act();
        drop(offer.offer_id);
        return true;
      } catch (error) {
        if (isProblem(error) && (error.status === 409 || error.status === 404)) {
          drop(offer.offer_id);
          toast({ tone: 'note', message: t('offer.gone') });
        } else sayFailure(t('offer.not_accepted'), error);
        return false;
      } finally {
        setBusy(null);
      }
    },
    [t],
  );

  const accept = (offer: Offer): void => {
    if (busyId !== null) return;
    void settle(offer, () => acceptOffer(offer.offer_id)).then((isDone) => {
      if (!isDone) return;
      void queryClient.invalidateQueries({ queryKey: keys.mine });
      navigate(`/c/${encodeURIComponent(offer.conversation_id)}`);
    });
  };
  const decline = (offer: Offer, reason: string): void => {
    if (busyId === null) void settle(offer, () => declineOffer(offer.offer_id, reason));
  };
  return { offers, busyId, accept, decline };
};
