import type { ComponentType, ReactElement, ReactNode } from 'react';

import styles from './badge.module.css';

export type Tone = 'ai' | 'human' | 'good' | 'warn' | 'bad' | 'quiet';

interface BadgeProps {
  readonly icon: ComponentType<{ size?: number }>;
  readonly tone: Tone;
  /** The state itself, for tests and styles: `data-state`. */
  readonly state?: string | undefined;
  readonly title?: string | undefined;
  readonly children: ReactNode;
}

/** Something's state by icon, words and colour, so that none of them is needed alone. */
export const Badge = ({ icon: Icon, tone, state, title, children }: BadgeProps): ReactElement => (
  <span className={styles.badge} data-tone={tone} data-state={state} title={title}>
    <Icon size={13} aria-hidden />
    {children}
  </span>
);
