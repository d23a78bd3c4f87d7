import { Checkbox, Textarea } from '@mantine/core';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { giveBack } from '../../api/commands.js';
import { ActDialog } from './act-dialog.js';

interface GiveBackDialogProps {
  readonly conversationId: string;
  readonly onClose: () => void;
}

export const GiveBackDialog = ({ conversationId, onClose }: GiveBackDialogProps): ReactElement => {
  const { t } = useTranslation();
  const [guidance, setGuidance] = useState('');
  const [goesOn, setGoesOn] = useState(false);
  return (
    <ActDialog
      title={t('dialog.give_back_title')}
      action={t('conversation.give_back')}
      onAct={() => giveBack(conversationId, guidance, goesOn)}
      onClose={onClose}
    >
      <Textarea
        label={t('dialog.guidance')}
        description={t('dialog.guidance_hint')}
        value={guidance}
        onChange={({ currentTarget }) => setGuidance(currentTarget.value)}
        maxLength={4000}
        autosize
        minRows={3}
        maxRows={10}
        data-autofocus
      />
      <Checkbox
        label={t('dialog.continue')}
        checked={goesOn}
        onChange={({ currentTarget }) => setGoesOn(currentTarget.checked)}
      />
    </ActDialog>
  );
};
