import { Button } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { IconArrowDown } from '@tabler/icons-react';
import { type ReactElement, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useStore } from '../../ui/store.js';
import { Waiting } from '../../ui/status.js';
import type { LogView } from '../conversation-log.js';
import { outbox } from '../outbox.js';
import { MessageRow, type Names } from './message-row.js';
import styles from './message-list.module.css';
import { rowsOf } from './rows.js';

interface MessageListProps extends Names {
  readonly conversationId: string;
  readonly view: LogView;
}

const ROW_PX = 72;
/** This near to the end, the reader follows it. */
const END_PX = 80;
/** A wheel, a finger, a key or the scroll bar moves the list for so long. */
const TOUCH_MS = 500;

/** Everything that was said, of which only what is seen is drawn; it stays at the end while the reader is there. */
export const MessageList = ({ conversationId, view, ...names }: MessageListProps): ReactElement => {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const touchedAt = useRef(-Infinity);
  const [isAway, setAway] = useState(false);
  const outgoing = useStore(outbox);
  const { transcript, isCustomerTyping } = view;
  const rows = useMemo(
    () =>
      rowsOf(
        transcript,
        outgoing.filter((each) => each.conversationId === conversationId),
        isCustomerTyping,
      ),
    [transcript, outgoing, conversationId, isCustomerTyping],
  );
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 6,
  });
  const height = list.getTotalSize();
  useLayoutEffect(() => {
    if (follows.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [rows, height]);
  useEffect(() => {
    const frame = box.current;
    if (!frame) return undefined;
    // The package above or the box below may grow and take room: the end stays in sight.
    const observer = new ResizeObserver(() => {
      if (follows.current) frame.scrollTop = frame.scrollHeight;
    });
    observer.observe(frame);
    return () => observer.disconnect();
  }, []);
  const onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = box.current as HTMLDivElement;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < END_PX;
    // Rows that come and are measured move the list too: only its reader leaves the end.
    const isReader = performance.now() - touchedAt.current < TOUCH_MS;
    if (isAtEnd) follows.current = true;
    else if (isReader) follows.current = false;
    setAway(!follows.current);
  };
  const onTouch = (): void => {
    touchedAt.current = performance.now();
  };
  const toEnd = (): void => {
    follows.current = true;
    setAway(false);
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  return (
    <div className={styles.frame}>
      {/* A list that scrolls must be reachable by keyboard. */}
      <div
        ref={box}
        className={styles.box}
        onScroll={onScroll}
        onWheel={onTouch}
        onTouchMove={onTouch}
        onKeyDown={onTouch}
        onPointerDown={onTouch}
        onPointerMove={({ buttons }) => buttons > 0 && onTouch()}
        tabIndex={0}
        role="region"
        aria-label={t('conversation.messages')}
      >
        {rows.length === 0 ? (
          view.isRead ? (
            <p className={styles.empty}>{t('conversation.empty')}</p>
          ) : (
            <Waiting label={t('conversation.loading')} />
          )
        ) : (
          <ol className={styles.rows} style={{ height }} data-count={transcript.items.length}>
            {list.getVirtualItems().map(({ index, start, key }) => {
              const row = rows[index];
              return (
                row && (
                  <li
                    key={key}
                    ref={list.measureElement}
                    data-index={index}
                    className={styles.row}
                    style={{ transform: `translateY(${start}px)` }}
                    aria-setsize={rows.length}
                    aria-posinset={index + 1}
                  >
                    <MessageRow row={row} {...names} />
                  </li>
                )
              );
            })}
          </ol>
        )}
      </div>
      {isAway && (
        <Button
          className={styles.end ?? ''}
          variant="default"
          radius="xl"
          leftSection={<IconArrowDown size={14} />}
          onClick={toEnd}
        >
          {t('conversation.to_bottom')}
        </Button>
      )}
      <Heard view={view} name={names.customerName} />
    </div>
  );
};

/** Reads out what the customer says while the conversation is open; what was said before is not read again. */
const Heard = ({ view, name }: { readonly view: LogView; readonly name: string }): ReactElement => {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const last = view.transcript.items.findLast((item) => item.kind === 'said' && item.speaker === 'customer');
  const known = useRef<string | null>(null);
  useEffect(() => {
    if (!view.isRead) return;
    if (known.current !== null && last?.kind === 'said' && known.current !== last.key)
      setWords(t('conversation.customer_says', { name, text: last.content }));
    known.current = last?.key ?? '';
  }, [view.isRead, last, name, t]);
  return (
    <p className="only-read" aria-live="polite">
      {words}
    </p>
  );
};
