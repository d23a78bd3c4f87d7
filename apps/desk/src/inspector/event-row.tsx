import { Button, UnstyledButton } from '@mantine/core';
import {
  IconArrowsRightLeft,
  IconInfoCircle,
  IconMessage,
  IconMessageCircle,
  IconRobot,
} from '@tabler/icons-react';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { LogEvent } from '../api/types.js';
import { wordsOf } from '../i18n/i18n.js';
import { useIsSupervising } from '../live/queries.js';
import { fullTime, money } from '../ui/format.js';
import { CopyButton } from './copy-button.js';
import styles from './inspector.module.css';
import { RawEvent } from './raw-event.js';
import { RunLog } from './run-log.js';
import { type ToldEvent, took } from './told-event.js';

const ICONS = {
  customer: IconMessageCircle,
  ai: IconRobot,
  human: IconMessage,
  hands: IconArrowsRightLeft,
  quiet: IconInfoCircle,
} as const;

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

interface EventRowProps {
  readonly event: LogEvent;
  readonly told: ToldEvent;
  /** Since the event before it. */
  readonly afterMs: number | null;
  /** Of a turn that ended. */
  readonly tookMs: number | null;
  readonly isNewOwner: boolean;
  readonly isNewTrace: boolean;
  readonly nameOf: (id: string | null) => string;
}

/** One event in words; what it was exactly, its run and its trace where they are asked for. */
export const EventRow = (props: EventRowProps): ReactElement => {
  const { event, told, afterMs, tookMs, isNewOwner, isNewTrace, nameOf } = props;
  const { t } = useTranslation();
  const [isRaw, setRaw] = useState(false);
  const [isRunShown, setRunShown] = useState(false);
  const maySeeRuns = useIsSupervising();
  const Icon = ICONS[told.kind];
  const runId = event.type === 'conversation.turn_started' ? told.runId : null;
  const trace = isNewTrace ? (event.trace_id ?? null) : null;
  return (
    <li className={styles.event} data-kind={told.kind} data-version={event.version}>
      <UnstyledButton className={styles.told} aria-expanded={isRaw} onClick={() => setRaw(!isRaw)}>
        <span className={`${styles.version} tabular`}>{event.version}</span>
        <Icon size={16} aria-hidden />
        <span className={`${styles.words} words`}>
          {told.words === null
            ? event.type
            : t(`inspector.event.${told.words}` as 'inspector.event.started', {
                ...told.values,
                agent: nameOf(told.agentId),
                reason: told.reason === null ? '' : wordsOf('reason', told.reason),
              })}
        </span>
        <span className="only-read">{t('inspector.show_raw', { version: event.version })}</span>
        <time
          className={`${styles.time} tabular`}
          dateTime={event.occurred_at}
          title={fullTime(event.occurred_at)}
        >
          {clock.format(new Date(event.occurred_at))}
          {afterMs !== null && (
            <span className={styles.after}>{t('inspector.after', { time: took(afterMs) })}</span>
          )}
        </time>
      </UnstyledButton>
      {(told.usage !== null || isNewOwner || trace !== null || runId !== null) && (
        <div className={styles.more}>
          {told.usage !== null && (
            <span>
              {t('inspector.numbers', {
                took: tookMs === null ? '–' : took(tookMs),
                input: told.usage.input_tokens,
                output: told.usage.output_tokens,
                cost: money(told.usage.cost_usd),
              })}
            </span>
          )}
          {isNewOwner && (
            <span>{t('inspector.owner_is', { owner: nameOf(event.owner), epoch: event.owner_epoch })}</span>
          )}
          {trace !== null && <Id name={t('inspector.trace')} id={trace} what="trace" />}
          {runId !== null && <Id name={t('inspector.run')} id={runId} what="run" />}
          {runId !== null && maySeeRuns && (
            <Button
              size="compact-xs"
              variant="default"
              aria-expanded={isRunShown}
              onClick={() => setRunShown(!isRunShown)}
            >
              {t(isRunShown ? 'inspector.hide_run' : 'inspector.show_run')}
            </Button>
          )}
        </div>
      )}
      {isRunShown && runId !== null && <RunLog runId={runId} />}
      {isRaw && <RawEvent event={event} />}
    </li>
  );
};

const Id = ({
  name,
  id,
  what,
}: {
  readonly name: string;
  readonly id: string;
  readonly what: 'trace' | 'run';
}): ReactElement => (
  <span className={styles.id}>
    {name} <code className="clip">{id}</code>
    <CopyButton text={id} what={what} />
  </span>
);
