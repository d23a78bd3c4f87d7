import { Textarea } from '@mantine/core';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { release } from '../../api/commands.js';
import { ActDialog } from './act-dialog.js';

interface ReleaseDialogProps {
  readonly conversationId: string;
  readonly onClose: () => void;
}

export const ReleaseDialog = ({ conversationId, onClose }: ReleaseDialogProps): ReactElement => {
  const { t } = useTranslation();
  const [note, setNote] = useState('');
  return (
    <ActDialog
      title={t('dialog.release_title')}
      action={t('conversation.release')}
      onAct={() => release(conversationId, note)}
      onClose={onClose}
    >
      <Textarea
        label={t('dialog.release_note')}
        description={t('dialog.release_hint')}
        value={note}
        onChange={({ currentTarget }) => setNote(currentTarget.value)}
        maxLength={4000}
        autosize
        minRows={2}
        maxRows={8}
        data-autofocus
      />
    </ActDialog>
  );
};
