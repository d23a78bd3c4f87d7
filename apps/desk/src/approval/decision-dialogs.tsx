import { Textarea } from '@mantine/core';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Decision } from '../api/commands.js';
import type { Approval } from '../api/types.js';
import { ActDialog } from '../conversation/dialogs/act-dialog.js';
import { PlanSteps } from './plan-steps.js';

export type DecisionDialogName = 'approve' | 'reject' | 'respond';

interface DecisionDialogProps {
  readonly name: DecisionDialogName;
  readonly approval: Approval;
  readonly decide: (decision: Decision) => Promise<Approval>;
  readonly onDone: (after: Approval) => void;
  readonly onClose: () => void;
}

/** Asks once more before something critical is done; why it is refused; what the agent should do instead. */
const DecisionDialog = ({ name, approval, decide, onDone, onClose }: DecisionDialogProps): ReactElement => {
  const { t } = useTranslation();
  const [message, setMessage] = useState('');
  const isDraft = approval.kind === 'draft';
  const decision = name === 'approve' ? 'APPROVE' : name === 'reject' ? 'REJECT' : 'RESPOND';
  const words = isDraft ? (['draft', name] as const) : (['action', name] as const);
  const act = async (): Promise<void> => onDone(await decide({ decision, message }));
  return (
    <ActDialog
      title={t(`approvals.dialog.${words[0]}_${words[1]}`)}
      action={t(`approvals.do.${words[0]}_${words[1]}`)}
      isReady={name !== 'respond' || message.trim() !== ''}
      onAct={act}
      onClose={onClose}
    >
      {name === 'approve' && <PlanSteps plan={approval.plan} kind={approval.kind} />}
      <Textarea
        label={t(
          name === 'respond'
            ? 'approvals.guidance'
            : name === 'reject'
              ? 'approvals.why_not'
              : 'approvals.note',
        )}
        description={name === 'approve' ? undefined : t('approvals.agent_reads')}
        value={message}
        onChange={({ currentTarget }) => setMessage(currentTarget.value)}
        required={name === 'respond'}
        maxLength={4000}
        autosize
        minRows={name === 'approve' ? 1 : 3}
        maxRows={10}
        data-autofocus
      />
    </ActDialog>
  );
};

export default DecisionDialog;
