import { isProblem } from '@baton/client';
import { Alert, Button, Textarea } from '@mantine/core';
import { type ReactElement, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { EditedStep } from '../../api/commands.js';
import type { Approval, Plan } from '../../api/types.js';
import { useTools } from '../../live/queries.js';
import { Waiting } from '../../ui/status.js';
import { ChangeTable } from '../change-table.js';
import { titleOfTool } from '../plan-words.js';
import { useDecide } from '../use-decide.js';
import { changesBetween } from './plan-diff.js';
import { mistakesOf, NO_MISTAKES } from './server-errors.js';
import { StepEditor } from './step-editor.js';
import styles from './edit-form.module.css';

interface EditFormProps {
  readonly approval: Approval;
  /** What the form begins with: the plan as it is, or as the agent proposed it in a consultation. */
  readonly proposed: Plan;
  readonly onDone: (after: Approval) => void;
  readonly onCancel: () => void;
}

/** The plan, to be changed argument by argument; below it what the change is, before it is decided. */
export const EditForm = (props: EditFormProps): ReactElement => {
  const tools = useTools();
  // Without what the tools take the values' own types hold: the server checks them anyway.
  if (tools.isPending) return <Waiting />;
  const schemas = new Map(tools.data?.items.map(({ name, input_schema }) => [name, input_schema]));
  return <Form {...props} schemas={schemas} />;
};

interface FormProps extends EditFormProps {
  readonly schemas: ReadonlyMap<string, Record<string, unknown>>;
}

const Form = ({ approval, proposed, schemas, onDone, onCancel }: FormProps): ReactElement => {
  const { t } = useTranslation();
  const first = useMemo<readonly EditedStep[]>(
    () => proposed.steps.map(({ tool, args, reason }) => ({ tool, args, reason })),
    [proposed],
  );
  const [steps, setSteps] = useState(first);
  const [broken, setBroken] = useState<ReadonlySet<number>>(new Set());
  const [message, setMessage] = useState('');
  const [refusal, setRefusal] = useState(NO_MISTAKES);
  const [failure, setFailure] = useState<string | null>(null);
  const { isBusy, decide } = useDecide(approval.approval_id);
  const plain = (each: readonly EditedStep[]): unknown => ({
    steps: each.map(({ tool, args }) => ({ tool, args })),
  });
  const changes = changesBetween(plain(approval.plan.steps), plain(steps));
  const isReady = broken.size === 0 && changes.length > 0;

  const change = (index: number, args: unknown): void => {
    setRefusal(NO_MISTAKES);
    setBroken((before) => {
      const after = new Set(before);
      if (args === undefined) after.add(index);
      else after.delete(index);
      return after;
    });
    if (args !== undefined)
      setSteps((before) => before.map((step, at) => (at === index ? { ...step, args } : step)));
  };
  const submit = async (): Promise<void> => {
    if (!isReady || isBusy) return;
    setFailure(null);
    try {
      onDone(await decide({ decision: 'EDIT', steps, message }));
    } catch (error) {
      if (!isProblem(error)) return setFailure(t('error.unreachable'));
      setFailure(error.message);
      setRefusal(mistakesOf(error.errors));
    }
  };
  return (
    <form
      className={styles.form}
      aria-label={t('approvals.edit_title')}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit();
        if (event.key === 'Escape') onCancel();
      }}
    >
      {first.map((step, index) => (
        <fieldset key={index} className={styles.step}>
          <legend>{titleOfTool(step.tool)}</legend>
          <StepEditor
            step={step}
            schema={schemas.get(step.tool)}
            refusals={refusal.fields}
            index={index}
            onChange={(args) => change(index, args)}
          />
        </fieldset>
      ))}
      {changes.length > 0 && broken.size === 0 && (
        <section aria-label={t('approvals.changes')} aria-live="polite">
          <ChangeTable changes={changes} />
        </section>
      )}
      <Textarea
        label={t('approvals.why_edit')}
        value={message}
        onChange={({ currentTarget }) => setMessage(currentTarget.value)}
        maxLength={4000}
        autosize
        minRows={1}
        maxRows={6}
      />
      {failure !== null && (
        <Alert color="red" role="alert" title={t('dialog.failed')}>
          {[failure, ...refusal.others].join(' ')}
        </Alert>
      )}
      <p className={styles.hint}>{t('approvals.edit_hint')}</p>
      <div className={styles.buttons}>
        <Button variant="default" onClick={onCancel}>
          {t('dialog.cancel')}
        </Button>
        <Button type="submit" loading={isBusy} disabled={!isReady}>
          {t('approvals.edit_submit')}
        </Button>
      </div>
    </form>
  );
};
