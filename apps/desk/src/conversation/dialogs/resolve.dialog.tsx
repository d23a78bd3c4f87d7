import { Textarea } from '@mantine/core';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { resolve } from '../../api/commands.js';
import type { Conversation } from '../../api/types.js';
import { session } from '../../session/session.js';
import { beginWrapUp } from '../wrap-ups.js';
import { ActDialog } from './act-dialog.js';

interface ResolveDialogProps {
  readonly conversation: Conversation;
  readonly onClose: () => void;
}

export const ResolveDialog = ({ conversation, onClose }: ResolveDialogProps): ReactElement => {
  const { t } = useTranslation();
  const [resolution, setResolution] = useState('');
  const { conversation_id: id, assigned_agent_id: agent } = conversation;
  const act = async (): Promise<void> => {
    await resolve(id, resolution);
    if (agent === session.get()?.agentId) beginWrapUp(id);
  };
  return (
    <ActDialog
      title={t('dialog.resolve_title')}
      action={t('conversation.resolve')}
      onAct={act}
      onClose={onClose}
    >
      <Textarea
        label={t('dialog.resolution')}
        value={resolution}
        onChange={({ currentTarget }) => setResolution(currentTarget.value)}
        maxLength={4000}
        autosize
        minRows={2}
        maxRows={8}
        data-autofocus
      />
    </ActDialog>
  );
};
