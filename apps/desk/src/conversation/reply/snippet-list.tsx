import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { Snippet } from '../../preferences/preferences.js';
import styles from './snippet-list.module.css';

interface SnippetListProps {
  readonly id: string;
  readonly snippets: readonly Snippet[];
  readonly chosen: number;
  readonly onChoose: (snippet: Snippet) => void;
}

/** What fits the `/word` in the box; the focus stays in the box. */
export const SnippetList = ({ id, snippets, chosen, onChoose }: SnippetListProps): ReactElement => {
  const { t } = useTranslation();
  return (
    <div className={styles.list}>
      {snippets.length === 0 && <p className={styles.none}>{t('composer.no_snippets')}</p>}
      <ul id={id} className={styles.options} role="listbox" aria-label={t('composer.snippets')}>
        {snippets.map((snippet, index) => (
          <li
            key={snippet.name}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            className={styles.option}
            // Before the box loses the focus.
            onMouseDown={(event) => {
              event.preventDefault();
              onChoose(snippet);
            }}
          >
            <span className={styles.name}>/{snippet.name}</span>
            <span className={styles.text}>{snippet.text}</span>
          </li>
        ))}
      </ul>
    </div>
  );
};
