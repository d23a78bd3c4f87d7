import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { PlanChange } from '../api/types.js';
import { shown, wordsOfPath } from './plan-words.js';
import styles from './change-table.module.css';

/** What an edit changes, value by value: as it was and as it is. */
export const ChangeTable = ({ changes }: { readonly changes: readonly PlanChange[] }): ReactElement => {
  const { t } = useTranslation();
  const areSeveral = changes.some(({ path }) => (wordsOfPath(path).step ?? 1) > 1);
  return (
    <table className={styles.table}>
      <caption className="only-read">{t('approvals.changes')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('approvals.what')}</th>
          <th scope="col">{t('approvals.was')}</th>
          <th scope="col">{t('approvals.is')}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.path}>
            <th scope="row" title={change.path}>
              {areSeveral && `${t('approvals.step', { step: wordsOfPath(change.path).step ?? 1 })}: `}
              {wordsOfPath(change.path).what}
            </th>
            <td>
              <del className="words">{shown(change.old).value}</del>
            </td>
            <td>
              <ins className="words">{shown(change.new).value}</ins>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};
