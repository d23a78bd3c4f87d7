import type { ReactElement } from 'react';

import type { Conversation } from '../../api/types.js';
import { AssignDialog } from './assign.dialog.js';
import type { DialogName } from './dialog-name.js';
import { GiveBackDialog } from './give-back.dialog.js';
import { ReleaseDialog } from './release.dialog.js';
import { ResolveDialog } from './resolve.dialog.js';
import { TransferDialog } from './transfer.dialog.js';

interface ConversationDialogProps {
  readonly name: DialogName;
  readonly conversation: Conversation;
  readonly onClose: () => void;
}

/** The dialogs that end or pass on a conversation; loaded when the first of them is asked for. */
const ConversationDialog = ({ name, conversation, onClose }: ConversationDialogProps): ReactElement => {
  const { conversation_id: id, assigned_agent_id: agent } = conversation;
  switch (name) {
    case 'resolve':
      return <ResolveDialog conversation={conversation} onClose={onClose} />;
    case 'give_back':
      return <GiveBackDialog conversationId={id} onClose={onClose} />;
    case 'transfer':
      return <TransferDialog conversationId={id} ownerId={agent} onClose={onClose} />;
    case 'release':
      return <ReleaseDialog conversationId={id} onClose={onClose} />;
    case 'assign':
      return <AssignDialog conversationId={id} ownerId={agent} onClose={onClose} />;
    default:
      return name satisfies never;
  }
};

export default ConversationDialog;
