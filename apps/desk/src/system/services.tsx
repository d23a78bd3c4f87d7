import { Table } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Installation } from '../api/types.js';
import { fullTime } from '../ui/format.js';
import { type Health, StatusBadge } from './status-badge.js';
import styles from './system.module.css';

type Service = Installation['services'][number];
type Check = Service['processes'][number]['checks'][number];

const DEPENDENCIES = ['postgres', 'schema', 'nats', 'redis'] as const;
const WORST_FIRST: readonly Health[] = ['down', 'degraded', 'up'];

/** Each service, how many processes it has, and how each sees what it depends on. */
export const Services = ({ services }: { readonly services: readonly Service[] }): ReactElement => {
  const { t } = useTranslation();
  return (
    <section>
      <h2 className={styles.title}>{t('system.services')}</h2>
      <div className={styles.scroll} tabIndex={0} role="region" aria-label={t('system.services')}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('system.service')}</Table.Th>
              <Table.Th>{t('system.processes')}</Table.Th>
              {DEPENDENCIES.map((name) => (
                <Table.Th key={name}>{t(`system.dependency.${name}`)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {services.map((service) => (
              <Table.Tr key={service.service} data-service={service.service}>
                <Table.Th scope="row" className={styles.service ?? ''}>
                  {service.service} <StatusBadge status={service.status} title={processesOf(service)} />
                </Table.Th>
                <Table.Td className="tabular">{service.processes.length}</Table.Td>
                {DEPENDENCIES.map((name) => {
                  const worst = worstOf(service, name);
                  return (
                    <Table.Td key={name} data-dependency={name}>
                      <StatusBadge status={worst?.status ?? 'unknown'} title={worst?.message ?? undefined} />
                    </Table.Td>
                  );
                })}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </section>
  );
};

const processesOf = ({ processes }: Service): string =>
  processes.map(({ process, started_at }) => `${process}: ${fullTime(started_at)}`).join('\n');

const worstOf = ({ processes }: Service, name: string): Check | undefined =>
  processes
    .flatMap(({ checks }) => checks.filter((check) => check.name === name))
    .toSorted((a, b) => WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status))[0];
