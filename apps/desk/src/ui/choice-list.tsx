import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactElement, type ReactNode, useEffect, useRef } from 'react';
import { useLocation } from 'wouter';

import { useActions } from './actions.js';
import list from './virtual-list.module.css';

interface ChoiceListProps<T> {
  /** Names it to styles and tests: `data-list`. */
  readonly name: string;
  readonly label: string;
  readonly nextLabel: string;
  readonly previousLabel: string;
  readonly items: readonly T[];
  readonly idOf: (item: T) => string;
  /** Where one of them is opened. */
  readonly pathOf: (id: string) => string;
  readonly currentId: string | null;
  readonly rowPx: number;
  readonly children: (item: T, isCurrent: boolean) => ReactNode;
}

/** Rows of which one is open, by hand or by J and K. Only what is seen is drawn. */
export const ChoiceList = <T,>(props: ChoiceListProps<T>): ReactElement => {
  const { name, label, nextLabel, previousLabel, items, idOf, pathOf, currentId, rowPx, children } = props;
  const [, navigate] = useLocation();
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowPx,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : idOf(item);
    },
    overscan: 6,
  });
  const at = items.findIndex((item) => idOf(item) === currentId);
  const move = (step: number): void => {
    const next = items[at === -1 ? 0 : Math.min(items.length - 1, Math.max(0, at + step))];
    if (next !== undefined) navigate(pathOf(encodeURIComponent(idOf(next))));
  };
  useActions('list', [
    { id: 'next', label: nextLabel, key: 'J', run: () => move(1) },
    { id: 'previous', label: previousLabel, key: 'K', run: () => move(-1) },
  ]);
  useEffect(() => {
    if (at >= 0) rows.scrollToIndex(at, { align: 'auto' });
    // Only when another one is chosen: a list that jumps as others come can't be read.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [currentId]);
  return (
    <div ref={box} className={list.box} data-list={name}>
      <ul className={list.rows} style={{ height: rows.getTotalSize() }} aria-label={label}>
        {rows.getVirtualItems().map(({ index, start, key }) => {
          const item = items[index];
          return (
            item !== undefined && (
              <li
                key={key}
                className={list.choice}
                style={{ transform: `translateY(${start}px)`, height: rowPx }}
              >
                {children(item, index === at)}
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
};
