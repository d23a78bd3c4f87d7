import { Button, Kbd } from '@mantine/core';
import { IconCheck, IconMessageForward, IconPencil, IconX } from '@tabler/icons-react';
import { type ComponentType, lazy, type ReactElement, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Approval } from '../api/types.js';
import { preferences } from '../preferences/preferences.js';
import { useActions } from '../ui/actions.js';
import { sayFailure } from '../ui/failure.js';
import { useStore } from '../ui/store.js';
import type { DecisionDialogName } from './decision-dialogs.js';
import { useDecide } from './use-decide.js';
import styles from './decision-bar.module.css';

const DecisionDialog = lazy(() => import('./decision-dialogs.js'));

interface DecisionBarProps {
  readonly approval: Approval;
  readonly onEdit: () => void;
  readonly onDone: (after: Approval) => void;
}

type Choice = DecisionDialogName | 'edit';

const CHOICES: readonly {
  readonly choice: Choice;
  readonly key: string;
  readonly icon: ComponentType<{ size?: number }>;
}[] = [
  { choice: 'approve', key: 'Y', icon: IconCheck },
  { choice: 'edit', key: 'M', icon: IconPencil },
  { choice: 'respond', key: 'G', icon: IconMessageForward },
  { choice: 'reject', key: 'N', icon: IconX },
];

const OF_PLANS: ReadonlySet<Choice> = new Set(['edit', 'respond']);

/** The four decisions, by hand or by key. What is critical is asked once more; the rest is done at once. */
export const DecisionBar = ({ approval, onEdit, onDone }: DecisionBarProps): ReactElement => {
  const { t } = useTranslation();
  const { singleKeys } = useStore(preferences);
  const [dialog, setDialog] = useState<DecisionDialogName | null>(null);
  const { isBusy, decide } = useDecide(approval.approval_id);
  const isDraft = approval.kind === 'draft';
  const group = isDraft ? 'draft' : 'action';
  // A connection is there again or it is not: nothing of it can be edited.
  const choices =
    approval.kind === 'reconnect' ? CHOICES.filter(({ choice }) => !OF_PLANS.has(choice)) : CHOICES;
  const isCritical = approval.risk_assessment.risk_tier === 'CRITICAL';
  const choose = (choice: Choice): void => {
    if (isBusy) return;
    if (choice === 'edit') return onEdit();
    if (choice !== 'approve' || isCritical) return setDialog(choice);
    decide({ decision: 'APPROVE' }).then(onDone, (error: unknown) => sayFailure(t('dialog.failed'), error));
  };
  useActions(
    'decide',
    choices.map(({ choice, key }) => ({
      id: `decide:${choice}`,
      label: t(`approvals.do.${group}_${choice}`),
      key,
      run: () => choose(choice),
    })),
  );
  return (
    <div className={styles.bar} role="group" aria-label={t('approvals.decide')}>
      {choices.map(({ choice, key, icon: Icon }) => (
        <Button
          key={choice}
          variant={choice === 'approve' ? 'filled' : 'default'}
          loading={isBusy && choice === 'approve'}
          disabled={isBusy}
          leftSection={<Icon size={15} />}
          rightSection={singleKeys && <Kbd size="xs">{key}</Kbd>}
          onClick={() => choose(choice)}
        >
          {t(`approvals.do.${group}_${choice}`)}
        </Button>
      ))}
      <Suspense>
        {dialog && (
          <DecisionDialog
            name={dialog}
            approval={approval}
            decide={decide}
            onDone={onDone}
            onClose={() => setDialog(null)}
          />
        )}
      </Suspense>
    </div>
  );
};
