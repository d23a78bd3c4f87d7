import { useEffect, useRef } from 'react';

import { createStore } from './store.js';

/** Something the agent can do right now: the palette lists it, its key does it. */
export interface Action {
  readonly id: string;
  readonly label: string;
  /** One character; does it while nothing is typed into, if the agent wants such shortcuts. */
  readonly key?: string;
  /** Works everywhere, in text fields too; as Mantine writes them: `alt+A`. */
  readonly everywhere?: string;
  readonly run: () => void;
  /** Not worth a line in the palette. */
  readonly isHidden?: boolean;
}

/** By who offers them: what is gone from the page takes its actions with it. */
export const actions = createStore<ReadonlyMap<string, readonly Action[]>>(new Map());

/** Offers these while the component is there. `ids` says when they are others; what they run is always the newest. */
export const useActions = (owner: string, offered: readonly Action[]): void => {
  const newest = useRef(offered);
  useEffect(() => {
    newest.current = offered;
  });
  const shape = offered
    .map(({ id, label, key, everywhere }) => `${id}|${label}|${key}|${everywhere}`)
    .join('\n');
  useEffect(() => {
    const live = newest.current.map((action) => ({
      ...action,
      run: () => newest.current.find(({ id }) => id === action.id)?.run(),
    }));
    actions.set((all) => new Map(all).set(owner, live));
    return () => {
      actions.set((all) => {
        const left = new Map(all);
        left.delete(owner);
        return left;
      });
    };
  }, [owner, shape]);
};
