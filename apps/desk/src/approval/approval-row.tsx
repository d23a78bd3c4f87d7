import { memo, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';

import type { Approval } from '../api/types.js';
import { useConversation } from '../live/queries.js';
import { customerName } from '../ui/who.js';
import { Expiry } from './expiry.js';
import { approvedBy } from './may-decide.js';
import { titleOfTool } from './plan-words.js';
import { RiskBadge } from './risk-badge.js';
import styles from './approval-row.module.css';

interface ApprovalRowProps {
  readonly approval: Approval;
  readonly isCurrent: boolean;
}

/** What would be done, for whom, how risky it is and how long there is. */
export const ApprovalRow = memo(({ approval, isCurrent }: ApprovalRowProps): ReactElement => {
  const { t } = useTranslation();
  const { approval_id: id, conversation_id: conversationId, plan, kind, status } = approval;
  const { data } = useConversation(conversationId ?? '', { isNeeded: conversationId !== null });
  const more = plan.steps.length - 1;
  return (
    <Link
      href={`/approvals/${encodeURIComponent(id)}`}
      className={styles.row ?? ''}
      aria-current={isCurrent ? 'page' : undefined}
      data-approval={id}
    >
      <span className={styles.line}>
        <span className={`${styles.what} clip`}>
          {kind === 'draft' ? t('approvals.kind.draft') : titleOfTool(plan.steps[0]?.tool ?? plan.request)}
          {more > 0 && ` +${more}`}
        </span>
        <RiskBadge tier={approval.risk_assessment.risk_tier} />
      </span>
      <span className={styles.line}>
        <span className={`${styles.who} clip`}>
          {conversationId === null ? approval.workflow.name : customerName(data?.customer, conversationId)}
        </span>
        {approval.approvals_needed > 1 && status === 'PENDING' && (
          <span className={`${styles.quiet} tabular`}>
            {t('approvals.of', { done: approvedBy(approval), count: approval.approvals_needed })}
          </span>
        )}
        {status === 'PENDING' ? (
          <Expiry approval={approval} />
        ) : (
          <span className={styles.quiet}>{t(`approvals.status.${status}`)}</span>
        )}
      </span>
    </Link>
  );
});
ApprovalRow.displayName = 'ApprovalRow';
