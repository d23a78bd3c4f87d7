import { Button, NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { sayFailure } from '../ui/failure.js';
import { csvOf, type Grouping, GROUPINGS } from './analytics-api.js';
import styles from './analytics.module.css';
import { type Days, latestDays, rangeOf } from './range.js';
import { saveFile } from './save-file.js';

interface ControlsProps {
  readonly days: Days;
  readonly grouping: Grouping;
  /** When the page was opened: what "the last seven days" are does not change under the reader. */
  readonly nowMs: number;
  readonly onDays: (days: Days) => void;
  readonly onGrouping: (grouping: Grouping) => void;
}

const PRESETS = ['7', '30', '90'] as const;

/** Which time is looked at, by what, and the way to have it as a file. */
export const Controls = ({ days, grouping, nowMs, onDays, onGrouping }: ControlsProps): ReactElement => {
  const { t } = useTranslation();
  const [isSaving, setIsSaving] = useState(false);
  const range = rangeOf(days);
  const preset = PRESETS.find((count) => {
    const { first, last } = latestDays(Number(count), nowMs);
    return first === days.first && last === days.last;
  });
  const save = async (): Promise<void> => {
    if (!range) return;
    setIsSaving(true);
    try {
      saveFile(await csvOf(range), `conversations-${days.first}-${days.last}.csv`);
    } catch (error) {
      sayFailure(t('analytics.not_saved'), error);
    } finally {
      setIsSaving(false);
    }
  };
  return (
    <div className={styles.controls}>
      <SegmentedControl
        aria-label={t('analytics.range')}
        size="xs"
        value={preset ?? ''}
        onChange={(count) => onDays(latestDays(Number(count), nowMs))}
        data={PRESETS.map((value) => ({ value, label: t(`analytics.days_${value}`) }))}
      />
      <TextInput
        type="date"
        size="xs"
        label={t('analytics.first_day')}
        value={days.first}
        max={days.last}
        onChange={(event) => onDays({ ...days, first: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        size="xs"
        label={t('analytics.last_day')}
        value={days.last}
        min={days.first}
        onChange={(event) => onDays({ ...days, last: event.currentTarget.value })}
        error={range ? undefined : t('analytics.no_range')}
      />
      <NativeSelect
        size="xs"
        label={t('analytics.group_by')}
        value={grouping}
        onChange={(event) => onGrouping(event.currentTarget.value as Grouping)}
        data={GROUPINGS.map((value) => ({ value, label: t(`analytics.by_${value}`) }))}
      />
      <Button
        size="xs"
        variant="default"
        leftSection={<IconDownload size={14} aria-hidden />}
        loading={isSaving}
        disabled={!range}
        onClick={() => void save()}
      >
        {t('analytics.download')}
      </Button>
    </div>
  );
};
