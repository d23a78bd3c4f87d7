import { IconArrowForwardUp, IconPlugConnectedX, IconTool } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Approval, Plan } from '../api/types.js';
import { linesOfArguments, titleOfTool } from './plan-words.js';
import styles from './plan-steps.module.css';
import { visibleText } from './visible-text.js';

/** The tool of a draft: what it says is what the customer would read. */
export const REPLY_TOOL = 'conversation.reply';

/** The text of a draft; null where the arguments are others. */
export const draftOf = (args: unknown): string | null => {
  const content = (args as { content?: unknown } | null)?.content;
  return typeof content === 'string' ? content : null;
};

interface PlanStepsProps {
  readonly plan: Plan;
  readonly kind: Approval['kind'];
}

/** What would be done, told from the tools and their arguments; the agent's reasons stand apart, as its own words. */
export const PlanSteps = ({ plan, kind }: PlanStepsProps): ReactElement => {
  const { t } = useTranslation();
  return (
    <ol className={styles.steps} aria-label={t('approvals.plan')}>
      {plan.steps.map(({ tool, args, reason }, index) => (
        <li key={index} className={styles.step} data-tool={tool}>
          <StepHead tool={tool} kind={kind} />
          {tool === REPLY_TOOL && draftOf(args) !== null ? (
            <p className={`${styles.draft} words`}>{visibleText(draftOf(args) ?? '')}</p>
          ) : (
            <Arguments args={args} />
          )}
          {reason !== null && reason !== '' && (
            <p className={styles.reason}>
              <span className={styles.whose}>{t('approvals.agent_says')}</span>{' '}
              <q className="words">{visibleText(reason)}</q>
            </p>
          )}
        </li>
      ))}
    </ol>
  );
};

const StepHead = ({
  tool,
  kind,
}: {
  readonly tool: string;
  readonly kind: Approval['kind'];
}): ReactElement => {
  const { t } = useTranslation();
  const isReply = tool === REPLY_TOOL;
  const Icon = isReply ? IconArrowForwardUp : kind === 'reconnect' ? IconPlugConnectedX : IconTool;
  return (
    <p className={styles.head}>
      <Icon size={15} aria-hidden />
      <span className={styles.title}>
        {isReply
          ? t('approvals.step_reply')
          : kind === 'reconnect'
            ? t('approvals.step_reconnect', { tool: titleOfTool(tool) })
            : titleOfTool(tool)}
      </span>
      {!isReply && <code className={styles.tool}>{tool}</code>}
    </p>
  );
};

const Arguments = ({ args }: { readonly args: unknown }): ReactElement => {
  const { t } = useTranslation();
  const lines = linesOfArguments(args);
  if (lines.length === 0) return <p className={styles.none}>{t('approvals.no_arguments')}</p>;
  return (
    <dl className={styles.arguments}>
      {lines.map(({ name, label, kind, value }) => (
        <div key={name} className={styles.argument}>
          <dt title={name}>{label || t('approvals.value')}</dt>
          <dd data-kind={kind}>
            {kind === 'json' ? (
              // What is long scrolls, and so must be reachable by keyboard.
              <pre tabIndex={0}>{value}</pre>
            ) : kind === 'flag' ? (
              t(value === 'true' ? 'approvals.yes' : 'approvals.no')
            ) : (
              <span className={kind === 'text' ? 'words' : 'tabular'}>{value}</span>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
};
