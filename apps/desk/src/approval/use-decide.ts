import { isProblem } from '@baton/client';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { decideApproval, type Decision } from '../api/commands.js';
import type { Approval } from '../api/types.js';
import { keys, queryClient } from '../live/queries.js';
import { toast } from '../ui/toast.js';

interface Deciding {
  readonly isBusy: boolean;
  /** Resolves with the approval as it is then; rejects with what the server said. */
  readonly decide: (decision: Decision) => Promise<Approval>;
}

/** One person's decision, and what of the lists it changes at once. */
export const useDecide = (approvalId: string): Deciding => {
  const { t } = useTranslation();
  const [isBusy, setBusy] = useState(false);
  const decide = useCallback(
    async (decision: Decision): Promise<Approval> => {
      setBusy(true);
      try {
        const after = await decideApproval(approvalId, decision);
        queryClient.setQueryData([...keys.approvals, 'one', approvalId], after);
        const more =
          after.status === 'PENDING' ? t('approvals.more_needed') : t(`approvals.status.${after.status}`);
        toast({ tone: 'note', message: t('approvals.decided', { status: more }) });
        return after;
      } catch (error) {
        // Somebody else was first: what stands there now says who.
        if (isProblem(error) && error.status === 409)
          toast({ tone: 'note', message: t('approvals.too_late') });
        throw error;
      } finally {
        setBusy(false);
        void queryClient.invalidateQueries({ queryKey: keys.approvals });
      }
    },
    [approvalId, t],
  );
  return { isBusy, decide };
};
