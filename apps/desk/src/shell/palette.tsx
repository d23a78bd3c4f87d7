import { Kbd, Modal, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactElement, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';

import { useMine } from '../live/queries.js';
import { type Action, actions } from '../ui/actions.js';
import { useStore } from '../ui/store.js';
import { customerName } from '../ui/who.js';
import styles from './palette.module.css';

const MOST = 12;

/** Everything that can be done right now, found by typing; the own conversations among it. */
const Palette = ({ onClose }: { readonly onClose: () => void }): ReactElement => {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [words, setWords] = useState('');
  const [chosen, setChosen] = useState(0);
  const listId = useId();
  const offered = [...useStore(actions).values()].flat().filter(({ isHidden }) => isHidden !== true);
  const mine = (useMine().data?.items ?? []).map((each): Action => ({
    id: `c:${each.conversation_id}`,
    label: customerName(each.customer, each.conversation_id),
    run: () => navigate(`/c/${encodeURIComponent(each.conversation_id)}`),
  }));
  const wanted = words.trim().toLowerCase().split(/\s+/);
  const fitting = [...offered.toReversed(), ...mine]
    .filter(({ label }) => wanted.every((word) => label.toLowerCase().includes(word)))
    .slice(0, MOST);
  const run = (action: Action | undefined): void => {
    if (!action) return;
    onClose();
    // Behind the dialog's end, which gives the focus back.
    setTimeout(action.run, 0);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && fitting.length > 0) {
      event.preventDefault();
      setChosen((chosen + step + fitting.length) % fitting.length);
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      run(fitting[chosen]);
    }
  };
  return (
    <Modal.Root opened onClose={onClose} yOffset="12vh" lockScroll={false}>
      <Modal.Overlay backgroundOpacity={0.35} />
      <Modal.Content aria-label={t('palette.title')}>
        <TextInput
          className={styles.field ?? ''}
          variant="unstyled"
          size="md"
          role="combobox"
          aria-expanded
          aria-label={t('palette.title')}
          aria-controls={listId}
          aria-activedescendant={fitting.length > 0 ? `${listId}-${chosen}` : undefined}
          placeholder={t('palette.placeholder')}
          leftSection={<IconSearch size={16} />}
          value={words}
          onChange={({ currentTarget }) => {
            setWords(currentTarget.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
          data-autofocus
        />
        {fitting.length === 0 && <p className={styles.none}>{t('palette.none')}</p>}
        <ul id={listId} role="listbox" aria-label={t('palette.title')} className={styles.list}>
          {fitting.map((action, index) => (
            <li
              key={action.id}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === chosen}
              className={styles.option}
              onMouseEnter={() => setChosen(index)}
              onClick={() => run(action)}
            >
              <span className="clip">{action.label}</span>
              {action.key !== undefined && <Kbd size="xs">{action.key.replace('shift+', '')}</Kbd>}
            </li>
          ))}
        </ul>
      </Modal.Content>
    </Modal.Root>
  );
};

export default Palette;
