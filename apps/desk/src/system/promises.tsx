import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Installation } from '../api/types.js';
import { percentKept, seconds } from './figures.js';
import styles from './system.module.css';

/** What Baton promises to do in time, and whether it lately did. */
export const Promises = ({ installation }: { readonly installation: Installation }): ReactElement => {
  const { t } = useTranslation();
  return (
    <section>
      <h2 className={styles.title}>{t('system.promises', { minutes: installation.window_seconds / 60 })}</h2>
      <dl className={styles.figures}>
        {installation.promises.map((each) => (
          <div
            key={each.promise}
            className={styles.figure}
            data-promise={each.promise}
            data-tone={each.is_kept === false ? 'bad' : undefined}
          >
            <dt>
              {t(`system.promise.${each.promise}`)}{' '}
              <span className={styles.quiet}>{t('system.promised', { seconds: each.within_seconds })}</span>
            </dt>
            <dd>
              {each.count === 0 ? '–' : t('system.kept', { share: percentKept(each.kept) })}
              <span className={styles.hint}>
                {each.count === 0
                  ? t('system.none_measured')
                  : t('system.of_count', {
                      p50: seconds(each.p50_seconds),
                      p99: seconds(each.p99_seconds),
                      count: each.count,
                    })}
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
};
