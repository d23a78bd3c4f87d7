import { IconLock, IconRobot } from '@tabler/icons-react';
import { memo, type ReactElement, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { fullTime, timeOfDay } from '../../ui/format.js';
import type { Item, SaidItem } from '../transcript.js';
import { MarkRow } from './mark-row.js';
import styles from './message-row.module.css';
import { OutgoingRow } from './outgoing-row.js';
import type { Row } from './rows.js';

/** What the people of a conversation are called. */
export interface Names {
  readonly customerName: string;
  readonly me: string;
  readonly nameOf: (id: string | null) => string;
}

export const MessageRow = memo(({ row, ...names }: { readonly row: Row } & Names): ReactElement => {
  const { t } = useTranslation();
  switch (row.kind) {
    case 'item':
      return <ItemRow item={row.item} isFirst={row.isFirst} {...names} />;
    case 'outgoing':
      return <OutgoingRow outgoing={row.outgoing} />;
    case 'provisional':
      return (
        <Bubble speaker="ai" name={t('conversation.ai')} isFirst hint={t('conversation.ai_writing')}>
          <span data-provisional>{row.provisional.text}</span>
          <span className={styles.caret} aria-hidden />
        </Bubble>
      );
    case 'ai_working':
      return (
        <p className={styles.aside}>
          <IconRobot size={14} aria-hidden /> {t('conversation.ai_working')}
        </p>
      );
    case 'typing':
      return <p className={styles.aside}>{t('conversation.typing', { name: names.customerName })}</p>;
    default:
      return row satisfies never;
  }
});
MessageRow.displayName = 'MessageRow';

type ItemRowProps = { readonly item: Item; readonly isFirst: boolean } & Names;

const ItemRow = ({ item, isFirst, customerName, me, nameOf }: ItemRowProps): ReactElement => {
  const { t } = useTranslation();
  switch (item.kind) {
    case 'mark':
      return <MarkRow mark={item} me={me} nameOf={nameOf} />;
    case 'whisper':
      return (
        <div className={styles.whisper}>
          <p className={styles.meta}>
            <IconLock size={13} aria-hidden />
            {t('conversation.whisper_from', { name: nameOf(item.from) })}
            <Time at={item.at} />
          </p>
          <p className={`${styles.words} words`}>{item.content}</p>
        </div>
      );
    case 'said':
      return (
        <Bubble
          speaker={item.speaker}
          isOwn={item.agentId === me}
          name={speakerName(item, customerName, me, nameOf, t('conversation.ai'), t('conversation.you'))}
          at={item.at}
          isFirst={isFirst}
        >
          {item.content}
        </Bubble>
      );
    default:
      return item satisfies never;
  }
};

const speakerName = (
  { speaker, agentId }: SaidItem,
  customer: string,
  me: string,
  nameOf: (id: string | null) => string,
  ai: string,
  you: string,
): string => {
  if (speaker === 'customer') return customer;
  if (speaker === 'ai') return ai;
  return agentId === me ? you : nameOf(agentId);
};

interface BubbleProps {
  readonly speaker: SaidItem['speaker'];
  readonly name: string;
  readonly isFirst: boolean;
  readonly isOwn?: boolean;
  readonly at?: string;
  readonly hint?: string;
  readonly children: ReactNode;
}

/** The customer on the left, who answers on the right: the AI and people by ground, name and icon. */
const Bubble = ({ speaker, name, isFirst, isOwn = false, at, hint, children }: BubbleProps): ReactElement => (
  <div className={styles.said} data-speaker={speaker} data-own={isOwn} data-first={isFirst}>
    <p className={isFirst ? styles.meta : 'only-read'}>
      {speaker === 'ai' && <IconRobot size={14} aria-hidden />}
      <span className={styles.name}>{name}</span>
      {at !== undefined && <Time at={at} />}
      {hint !== undefined && <span>{hint}</span>}
    </p>
    <div className={`${styles.words} words`}>{children}</div>
  </div>
);

const Time = ({ at }: { readonly at: string }): ReactElement => (
  <time dateTime={at} title={fullTime(at)} className="tabular">
    {timeOfDay(at)}
  </time>
);
