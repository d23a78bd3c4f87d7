import { UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronRight, IconPackage } from '@tabler/icons-react';
import { type ReactElement, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { HandoverContext } from '../api/types.js';
import { wordsOf } from '../i18n/i18n.js';
import { skillsText } from '../ui/format.js';
import styles from './handover-card.module.css';

/** The hand-over package: why a person is needed, and what the AI knows and tried. */
export const HandoverCard = ({ context }: { readonly context: HandoverContext }): ReactElement => {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(() => matchMedia('(min-width: 48em)').matches);
  const body = useId();
  const { reason, intent, confidence, note, summary, tried, required_skills: skills, priority } = context;
  const isBare = summary === null && note === null && tried.length === 0;
  return (
    <section className={styles.card} aria-label={t('handover.title')}>
      <UnstyledButton
        className={styles.head}
        onClick={() => setOpen(!isOpen)}
        aria-expanded={isOpen}
        aria-controls={body}
      >
        {isOpen ? <IconChevronDown size={15} aria-hidden /> : <IconChevronRight size={15} aria-hidden />}
        <IconPackage size={15} aria-hidden />
        <span className={styles.reason}>{wordsOf('reason', reason)}</span>
        {intent !== null && <span className={`${styles.chip} words`}>{intent}</span>}
        {confidence !== null && (
          <span className={styles.quiet}>
            {t('handover.confidence', { percent: Math.round(confidence * 100) })}
          </span>
        )}
        {priority !== 'NORMAL' && <span className={styles.chip}>{t(`priority.${priority}`)}</span>}
      </UnstyledButton>
      <dl id={body} className={styles.body} hidden={!isOpen}>
        {summary !== null && <Fact name={t('handover.summary')} text={summary} />}
        {note !== null && <Fact name={t('handover.note')} text={note} />}
        {tried.length > 0 && (
          <div className={styles.fact}>
            <dt>{t('handover.tried')}</dt>
            <dd>
              <ul className={styles.tried}>
                {tried.map(({ tool, outcome }, index) => (
                  <li key={index}>
                    <code>{tool}</code> <span className="words">{outcome}</span>
                  </li>
                ))}
              </ul>
            </dd>
          </div>
        )}
        {Object.keys(skills).length > 0 && <Fact name={t('handover.skills')} text={skillsText(skills)} />}
        {isBare && <dd className={styles.quiet}>{t('handover.none')}</dd>}
      </dl>
    </section>
  );
};

const Fact = ({ name, text }: { readonly name: string; readonly text: string }): ReactElement => (
  <div className={styles.fact}>
    <dt>{name}</dt>
    <dd className="words">{text}</dd>
  </div>
);
