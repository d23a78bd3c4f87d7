import type { ReactElement, ReactNode } from 'react';

import styles from './page.module.css';

interface PageProps {
  readonly title: string;
  readonly lead?: string;
  /** Beside the title. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

/** A page that is not a conversation. */
export const Page = ({ title, lead, aside, children }: PageProps): ReactElement => (
  <div className={styles.page}>
    <header className={styles.head}>
      <div>
        <h1 className={styles.title}>{title}</h1>
        {lead !== undefined && <p className={styles.lead}>{lead}</p>}
      </div>
      {aside}
    </header>
    {children}
  </div>
);
