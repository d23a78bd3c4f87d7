import { isProblem } from '@baton/client';
import { Button } from '@mantine/core';
import { IconArrowLeft, IconMessageQuestion, IconShieldOff } from '@tabler/icons-react';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';

import type { Approval, Plan } from '../api/types.js';
import { useAgentName, useApproval, useConversation } from '../live/queries.js';
import { useActions } from '../ui/actions.js';
import { fullTime, shortTime } from '../ui/format.js';
import { Empty, Failed, Waiting } from '../ui/status.js';
import { customerName } from '../ui/who.js';
import { ConsultationPanel } from './consultation/consultation-panel.js';
import { DecisionBar } from './decision-bar.js';
import { DecisionLog } from './decision-log.js';
import { EditForm } from './edit/edit-form.js';
import { Expiry } from './expiry.js';
import { approvedBy, whyNot } from './may-decide.js';
import { PlanSteps } from './plan-steps.js';
import { titleOfTool } from './plan-words.js';
import { RiskBadge } from './risk-badge.js';
import { useViewer } from './viewer.js';
import styles from './approval-pane.module.css';

/** One approval: what would be done and why it is asked, who said what, and the decision. */
export const ApprovalPane = ({ approvalId }: { readonly approvalId: string }): ReactElement => {
  const { t } = useTranslation();
  const { data, error, refetch } = useApproval(approvalId);
  if (isProblem(error) && (error.status === 404 || error.status === 410))
    return <Empty icon={IconShieldOff} title={t('approvals.not_found')} />;
  if (!data)
    return error ? <Failed text={t('approvals.failed')} onRetry={() => void refetch()} /> : <Waiting />;
  return <OpenApproval approval={data} />;
};

const OpenApproval = ({ approval }: { readonly approval: Approval }): ReactElement => {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const nameOf = useAgentName();
  const viewer = useViewer();
  const { conversation_id: conversationId, risk_assessment: risk, plan, status } = approval;
  const { data: conversation } = useConversation(conversationId ?? '', { isNeeded: conversationId !== null });
  const [edited, setEdited] = useState<Plan | null>(null);
  const [isConsulting, setConsulting] = useState(false);
  const owner = conversation?.state === 'HUMAN_ACTIVE' ? conversation.assigned_agent_id : null;
  const why = viewer && whyNot(approval, viewer, owner);
  const isOpen = status === 'PENDING';
  const consult = (): void => setConsulting(!isConsulting);
  useActions('approval', [{ id: 'consult', label: t('approvals.consult'), key: 'C', run: consult }]);
  const done = (after: Approval): void => {
    setEdited(null);
    if (after.edited_to !== null) navigate(`/approvals/${encodeURIComponent(after.edited_to)}`);
  };
  const tool = plan.steps[0]?.tool ?? plan.request;
  return (
    <div className={styles.pane} data-consulting={isConsulting}>
      <section className={styles.approval} aria-label={t('approvals.region', { what: titleOfTool(tool) })}>
        <header className={styles.head}>
          <Link href="/approvals" className={styles.back ?? ''} aria-label={t('approvals.back')}>
            <IconArrowLeft size={18} />
          </Link>
          <h2 className={styles.title}>
            {approval.kind === 'draft' ? t('approvals.kind.draft') : titleOfTool(tool)}
          </h2>
          <RiskBadge tier={risk.risk_tier} score={risk.risk_score} />
          <span className={styles.status} data-status={status}>
            {t(`approvals.status.${status}`)}
          </span>
          {isOpen && <Expiry approval={approval} />}
          <span className={styles.space} />
          <Button
            variant={isConsulting ? 'light' : 'default'}
            leftSection={<IconMessageQuestion size={15} />}
            aria-pressed={isConsulting}
            onClick={consult}
          >
            {t('approvals.consult')}
          </Button>
        </header>
        <div className={styles.body} tabIndex={0} role="region" aria-label={t('approvals.plan')}>
          <p className={styles.from}>
            {conversationId === null ? (
              t('approvals.standalone', { workflow: approval.workflow.name })
            ) : (
              <>
                {t('approvals.for')}{' '}
                <Link href={`/c/${encodeURIComponent(conversationId)}`}>
                  {customerName(conversation?.customer, conversationId)}
                </Link>{' '}
                · {approval.workflow.name}
              </>
            )}{' '}
            ·{' '}
            <time dateTime={approval.requested_at} title={fullTime(approval.requested_at)}>
              {shortTime(approval.requested_at)}
            </time>
          </p>
          {edited ? (
            <EditForm approval={approval} proposed={edited} onDone={done} onCancel={() => setEdited(null)} />
          ) : (
            <PlanSteps plan={plan} kind={approval.kind} />
          )}
          <section aria-label={t('approvals.risk')} className={styles.risk}>
            <h3>{t('approvals.risk')}</h3>
            <ul>
              {risk.reasons.map((reason, index) => (
                <li key={index} className="words">
                  {reason}
                </li>
              ))}
            </ul>
            <p>
              {t('approvals.needs', {
                role: t(`role.${approval.required_role}`),
                done: approvedBy(approval),
                count: approval.approvals_needed,
              })}
            </p>
          </section>
          <DecisionLog approval={approval} nameOf={nameOf} />
        </div>
        {isOpen && !edited && viewer && (
          <footer className={styles.foot}>
            {why === null ? (
              <DecisionBar approval={approval} onEdit={() => setEdited(plan)} onDone={done} />
            ) : (
              <p className={styles.why}>
                {t(`approvals.why_not_you.${why ?? 'closed'}`, {
                  role: t(`role.${approval.required_role}`),
                  name: nameOf(owner),
                })}
              </p>
            )}
            {owner !== null && <p className={styles.why}>{t('approvals.goes_on_when_back')}</p>}
          </footer>
        )}
      </section>
      {isConsulting && (
        <ConsultationPanel
          key={approval.approval_id}
          approvalId={approval.approval_id}
          nameOf={nameOf}
          {...(isOpen && why === null && { onTakeOver: setEdited })}
          onClose={consult}
        />
      )}
    </div>
  );
};
