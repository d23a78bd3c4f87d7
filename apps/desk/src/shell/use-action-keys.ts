import { useHotkeys } from '@mantine/hooks';

import { preferences } from '../preferences/preferences.js';
import { actions } from '../ui/actions.js';
import { useStore } from '../ui/store.js';

/** Does an action when its key is pressed. A dialog keeps the keys to itself. */
export const useActionKeys = (): void => {
  const all = [...useStore(actions).values()].flat();
  const { singleKeys } = useStore(preferences);
  const unlessDialog = (run: () => void) => (): void => {
    if (document.querySelector('[role="dialog"]') === null) run();
  };
  useHotkeys(
    singleKeys ? all.flatMap(({ key, run }) => (key === undefined ? [] : [[key, unlessDialog(run)]])) : [],
  );
  useHotkeys(
    all.flatMap(({ everywhere, run }) => (everywhere === undefined ? [] : [[everywhere, run]])),
    [],
    true,
  );
};
