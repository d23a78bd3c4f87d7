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
  const parkedIn = (name: string): number => parked.find(({ consumer }) => consumer === name)?.open ?? 0;
  const others = parked.filter(({ consumer }) => consumers.every((each) => each.consumer !== consumer));
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
            {[
              ...consumers,
              // A relay parks letters too, and is no consumer of JetStream.
              ...others.map(({ consumer }) => ({ consumer, pending: null, unacknowledged: null })),
            ].map((each) => (
              <Table.Tr key={each.consumer} data-consumer={each.consumer}>
                <Table.Th scope="row">{each.consumer}</Table.Th>
                <Table.Td className="tabular">{count(each.pending)}</Table.Td>
                <Table.Td className="tabular">{count(each.unacknowledged)}</Table.Td>
                <Table.Td className="tabular">{count(parkedIn(each.consumer))}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
};

const count = (value: number | null): string => (value === null ? '–' : figure(value));
