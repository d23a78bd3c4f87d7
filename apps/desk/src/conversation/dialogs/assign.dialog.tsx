import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { assign } from '../../api/commands.js';
import { ActDialog } from './act-dialog.js';
import { AgentSelect } from './agent-select.js';

interface AssignDialogProps {
  readonly conversationId: string;
  readonly ownerId: string | null;
  readonly onClose: () => void;
}

/** A supervisor gives a conversation to somebody. */
export const AssignDialog = ({ conversationId, ownerId, onClose }: AssignDialogProps): ReactElement => {
  const { t } = useTranslation();
  const [agentId, setAgent] = useState<string | null>(null);
  return (
    <ActDialog
      title={t('dialog.assign_title')}
      action={t('dialog.assign')}
      isReady={agentId !== null}
      onAct={() => (agentId === null ? Promise.resolve() : assign(conversationId, agentId))}
      onClose={onClose}
    >
      <AgentSelect value={agentId} exceptId={ownerId} onChange={setAgent} />
    </ActDialog>
  );
};
