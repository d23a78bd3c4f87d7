import './words.js';

import { Button } from '@mantine/core';
import { IconShieldQuestion } from '@tabler/icons-react';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import type { Approval, Conversation } from '../api/types.js';
import { DecisionBar } from './decision-bar.js';
import { EditForm } from './edit/edit-form.js';
import { Expiry } from './expiry.js';
import { whyNot } from './may-decide.js';
import { PlanSteps } from './plan-steps.js';
import { titleOfTool } from './plan-words.js';
import { RiskBadge } from './risk-badge.js';
import { useViewer } from './viewer.js';
import styles from './conversation-approvals.module.css';

interface ConversationApprovalsProps {
  readonly conversation: Conversation;
  /** Those of this conversation that are to be decided. */
  readonly approvals: readonly Approval[];
}

/** What the AI waits for in this conversation: a draft to be sent, or an action that is decided on its own page. */
const ConversationApprovals = ({ conversation, approvals }: ConversationApprovalsProps): ReactElement => (
  <>
    {approvals.map((approval) =>
      approval.kind === 'draft' ? (
        <Draft key={approval.approval_id} conversation={conversation} approval={approval} />
      ) : (
        <Asked key={approval.approval_id} approval={approval} />
      ),
    )}
  </>
);

const Asked = ({ approval }: { readonly approval: Approval }): ReactElement => {
  const { t } = useTranslation();
  const what = titleOfTool(approval.plan.steps[0]?.tool ?? approval.plan.request);
  return (
    <section className={styles.asked} aria-label={t('approvals.region', { what })} data-approval>
      <IconShieldQuestion size={16} aria-hidden />
      <span className={styles.what}>{t('approvals.asks', { what })}</span>
      <RiskBadge tier={approval.risk_assessment.risk_tier} />
      <Expiry approval={approval} />
      <span className={styles.space} />
      <Button
        component={Link}
        href={`/approvals/${encodeURIComponent(approval.approval_id)}`}
        variant="default"
      >
        {t('approvals.open')}
      </Button>
    </section>
  );
};

interface DraftProps {
  readonly conversation: Conversation;
  readonly approval: Approval;
}

const Draft = ({ conversation, approval }: DraftProps): ReactElement => {
  const { t } = useTranslation();
  const viewer = useViewer();
  const [isEditing, setEditing] = useState(false);
  const owner = conversation.state === 'HUMAN_ACTIVE' ? conversation.assigned_agent_id : null;
  const mayDecide = viewer !== null && whyNot(approval, viewer, owner) === null;
  const done = (): void => setEditing(false);
  return (
    <section className={styles.draft} aria-label={t('approvals.kind.draft')} data-draft>
      <p className={styles.head}>
        <strong>{t('approvals.draft_title')}</strong>
        <Expiry approval={approval} />
        <span className={styles.space} />
        <Link href={`/approvals/${encodeURIComponent(approval.approval_id)}`}>{t('approvals.details')}</Link>
      </p>
      {isEditing ? (
        <EditForm approval={approval} proposed={approval.plan} onDone={done} onCancel={done} />
      ) : (
        <PlanSteps plan={approval.plan} kind={approval.kind} />
      )}
      {mayDecide && !isEditing && (
        <DecisionBar approval={approval} onEdit={() => setEditing(true)} onDone={done} />
      )}
      {owner !== null && <p className={styles.hint}>{t('approvals.goes_on_when_back')}</p>}
    </section>
  );
};

export default ConversationApprovals;
