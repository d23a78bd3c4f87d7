import type { ReactElement } from 'react';

import type { Presence } from '../api/types.js';
import styles from './presence-dot.module.css';

interface PresenceDotProps {
  readonly status: Presence;
  readonly className?: string | undefined;
}

/** A full, a half and an empty circle: told apart without colour too. The words stand beside it. */
export const PresenceDot = ({ status, className = '' }: PresenceDotProps): ReactElement => (
  <span className={`${styles.dot} ${className}`} data-status={status} aria-hidden />
);
