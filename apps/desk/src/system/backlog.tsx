import { Table } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Installation } from '../api/types.js';
import { figure, seconds } from './figures.js';
import styles from './system.module.css';

/** How far events are: out of the logs, and into who reads them. */
export const Backlog = ({ installation }: { readonly installation: Installation }): ReactElement => {
  const { t } = useTranslation();
  const { logs, consumers, dead_letters: parked } = installation;
  const rows: ConsumerRow[] = [
    ...consumers.map((each) => ({
      ...each,
      parked: parked.find(({ consumer }) => consumer === each.consumer)?.open ?? 0,
    })),
    // A relay parks letters too, and is no consumer of JetStream.
    ...parked
      .filter(({ consumer }) => consumers.every((each) => each.consumer !== consumer))
      .map(({ consumer, open }) => ({ consumer, pending: null, unacknowledged: null, parked: open })),
  ];
  const isBusy = ({ pending, parked: held }: ConsumerRow): boolean => (pending ?? 0) > 0 || held > 0;
  const busy = rows.filter(isBusy);
  const calm = rows.filter((row) => !isBusy(row));
  return (
    <section>
      <h2 className={styles.title}>{t('system.backlog')}</h2>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={t('system.backlog')}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('system.log')}</Table.Th>
              <Table.Th>{t('system.outbox')}</Table.Th>
              <Table.Th>{t('system.outbox_age')}</Table.Th>
              <Table.Th>{t('system.timers')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {logs.map((log) => (
              <Table.Tr key={log.service} data-log={log.service}>
                <Table.Th scope="row">{log.service}</Table.Th>
                <Table.Td className="tabular">{count(log.outbox_rows)}</Table.Td>
                <Table.Td className="tabular">{seconds(log.outbox_age_seconds)}</Table.Td>
                <Table.Td className="tabular">{seconds(log.timers_overdue_seconds)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        {busy.length > 0 && <ConsumerTable rows={busy} />}
      </div>
      {calm.length > 0 && (
        <details className={styles.calm}>
          <summary>{t('system.calm', { count: calm.length })}</summary>
          <div className={styles.scroll} tabIndex={0} role="region" aria-label={t('system.consumer')}>
            <ConsumerTable rows={calm} />
          </div>
        </details>
      )}
    </section>
  );
};

interface ConsumerRow {
  readonly consumer: string;
  /** Null of what is no consumer of JetStream. */
  readonly pending: number | null;
  readonly unacknowledged: number | null;
  readonly parked: number;
}

const ConsumerTable = ({ rows }: { readonly rows: readonly ConsumerRow[] }): ReactElement => {
  const { t } = useTranslation();
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('system.consumer')}</Table.Th>
          <Table.Th>{t('system.pending')}</Table.Th>
          <Table.Th>{t('system.unacknowledged')}</Table.Th>
          <Table.Th>{t('system.parked')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={row.consumer} data-consumer={row.consumer}>
            <Table.Th scope="row">{row.consumer}</Table.Th>
            <Table.Td className="tabular">{count(row.pending)}</Table.Td>
            <Table.Td className="tabular">{count(row.unacknowledged)}</Table.Td>
            <Table.Td className="tabular">{count(row.parked)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
};

const count = (value: number | null): string => (value === null ? '–' : figure(value));
