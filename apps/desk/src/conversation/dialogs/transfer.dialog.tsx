import { SegmentedControl, Textarea, TextInput } from '@mantine/core';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { transfer } from '../../api/commands.js';
import { ActDialog } from './act-dialog.js';
import { AgentSelect } from './agent-select.js';
import { parseSkills } from './parse-skills.js';

interface TransferDialogProps {
  readonly conversationId: string;
  readonly ownerId: string | null;
  readonly onClose: () => void;
}

/** To one agent, or to whoever has the skills; the note travels with it. */
export const TransferDialog = ({ conversationId, ownerId, onClose }: TransferDialogProps): ReactElement => {
  const { t } = useTranslation();
  const [way, setWay] = useState<string>('agent');
  const [agentId, setAgent] = useState<string | null>(null);
  const [skills, setSkills] = useState('');
  const [note, setNote] = useState('');
  const parsed = parseSkills(skills);
  const target =
    way === 'agent'
      ? agentId === null
        ? null
        : { to_agent_id: agentId }
      : parsed && { required_skills: parsed };
  return (
    <ActDialog
      title={t('dialog.transfer_title')}
      action={t('conversation.transfer')}
      isReady={target !== null && note.trim() !== ''}
      onAct={() => (target ? transfer(conversationId, target, note.trim()) : Promise.resolve())}
      onClose={onClose}
    >
      <SegmentedControl
        aria-label={t('dialog.transfer_to')}
        value={way}
        onChange={setWay}
        data={[
          { value: 'agent', label: t('dialog.to_agent') },
          { value: 'skills', label: t('dialog.to_skills') },
        ]}
      />
      {way === 'agent' ? (
        <AgentSelect value={agentId} exceptId={ownerId} onChange={setAgent} />
      ) : (
        <TextInput
          label={t('dialog.skills')}
          description={t('dialog.skills_hint')}
          value={skills}
          onChange={({ currentTarget }) => setSkills(currentTarget.value)}
          error={skills.trim() !== '' && parsed === null && t('dialog.skills_wrong')}
        />
      )}
      <Textarea
        label={t('dialog.note')}
        description={t('dialog.note_needed')}
        value={note}
        onChange={({ currentTarget }) => setNote(currentTarget.value)}
        maxLength={4000}
        autosize
        minRows={2}
        maxRows={8}
        required
      />
    </ActDialog>
  );
};
