import type { ReactElement } from 'react';

import styles from './facts.module.css';

/** Names and values; what is not known is left out. */
export const Facts = ({
  facts,
}: {
  readonly facts: readonly (readonly [string, string | null])[];
}): ReactElement => (
  <dl className={styles.facts}>
    {facts.map(
      ([name, value]) =>
        value !== null && (
          <div key={name} className={styles.fact}>
            <dt>{name}</dt>
            <dd className="words">{value}</dd>
          </div>
        ),
    )}
  </dl>
);
