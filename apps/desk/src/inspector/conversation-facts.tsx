import type { ReactElement, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import type { Conversation, LogEvent } from '../api/types.js';
import { fullTime, money } from '../ui/format.js';
import { StateBadge } from '../ui/state-badge.js';
import { CopyButton } from './copy-button.js';
import styles from './inspector.module.css';

interface ConversationFactsProps {
  readonly conversation: Conversation;
  readonly events: readonly LogEvent[];
  readonly nameOf: (id: string | null) => string;
}

/** The conversation in a few numbers. */
export const ConversationFacts = ({ conversation, events, nameOf }: ConversationFactsProps): ReactElement => {
  const { t } = useTranslation();
  const { conversation_id: id, workflow, usage, owner, owner_epoch: epoch } = conversation;
  const handovers = events.filter(({ type }) => type === 'conversation.handed_over').length;
  return (
    <dl className={styles.facts} aria-label={t('inspector.facts')}>
      <Fact name={t('inspector.id')}>
        <span className={styles.id}>
          <code className="clip">{id}</code>
          <CopyButton text={id} what="conversation" />
        </span>{' '}
        <StateBadge state={conversation.state} />
      </Fact>
      <Fact name={t('inspector.owner')}>
        {nameOf(owner)} ({epoch})
      </Fact>
      <Fact name={t('inspector.workflow')}>
        {workflow.name} v{workflow.version}
      </Fact>
      <Fact name={t('inspector.turns')}>{conversation.turn_count}</Fact>
      <Fact name={t('inspector.handovers')}>{handovers}</Fact>
      <Fact name={t('inspector.tokens')}>
        {usage.input_tokens} · {usage.output_tokens}
      </Fact>
      <Fact name={t('inspector.cost')}>{money(usage.cost_usd)}</Fact>
      <Fact name={t('inspector.events')}>{conversation.version}</Fact>
      <Fact name={t('inspector.started')}>{fullTime(conversation.created_at)}</Fact>
      <Fact name={t('inspector.updated')}>{fullTime(conversation.updated_at)}</Fact>
    </dl>
  );
};

const Fact = ({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactElement => (
  <div className={styles.fact}>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);
