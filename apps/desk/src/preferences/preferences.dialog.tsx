import './words.js';

import {
  ActionIcon,
  Button,
  Modal,
  SegmentedControl,
  Switch,
  Textarea,
  TextInput,
  useMantineColorScheme,
} from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { mayNotify } from '../live/alerts.js';
import { useStore } from '../ui/store.js';
import { prefer, preferences } from './preferences.js';
import styles from './preferences.module.css';

const PreferencesDialog = ({ onClose }: { readonly onClose: () => void }): ReactElement => {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { sound, notifications, singleKeys } = useStore(preferences);
  const [isDenied, setDenied] = useState(false);
  const choose = async (wanted: boolean): Promise<void> => {
    const isAllowed = !wanted || (await mayNotify());
    setDenied(!isAllowed);
    prefer({ notifications: wanted && isAllowed });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('preferences.title')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('dialog.cancel') }}
    >
      <div className={styles.preferences}>
        <SegmentedControl
          aria-label={t('preferences.appearance')}
          value={colorScheme}
          onChange={(scheme) => setColorScheme(scheme)}
          data={(['light', 'dark', 'auto'] as const).map((value) => ({
            value,
            label: t(`preferences.${value}`),
          }))}
        />
        <Switch
          label={t('preferences.sound')}
          checked={sound}
          onChange={({ currentTarget }) => prefer({ sound: currentTarget.checked })}
        />
        <Switch
          label={t('preferences.notifications')}
          error={isDenied && t('preferences.notifications_denied')}
          checked={notifications}
          onChange={({ currentTarget }) => void choose(currentTarget.checked)}
        />
        <Switch
          label={t('preferences.single_keys')}
          checked={singleKeys}
          onChange={({ currentTarget }) => prefer({ singleKeys: currentTarget.checked })}
        />
        <Snippets />
      </div>
    </Modal>
  );
};

const Snippets = (): ReactElement => {
  const { t } = useTranslation();
  const { snippets } = useStore(preferences);
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const word = name
    .trim()
    .replace(/^\//, '')
    .replaceAll(/[^\w-]+/g, '-');
  const add = (): void => {
    prefer({ snippets: [...snippets.filter((each) => each.name !== word), { name: word, text }] });
    setName('');
    setText('');
  };
  return (
    <section>
      <h3 className={styles.title}>{t('preferences.snippets')}</h3>
      <p className={styles.hint}>{t('preferences.snippets_hint')}</p>
      <ul className={styles.list}>
        {snippets.map((snippet) => (
          <li key={snippet.name} className={styles.one}>
            <span className={styles.name}>/{snippet.name}</span>
            <span className="clip">{snippet.text}</span>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t('preferences.remove', { name: snippet.name })}
              onClick={() => prefer({ snippets: snippets.filter((each) => each !== snippet) })}
            >
              <IconTrash size={15} />
            </ActionIcon>
          </li>
        ))}
      </ul>
      <div className={styles.add}>
        <TextInput
          label={t('preferences.snippet_name')}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          maxLength={40}
        />
        <Textarea
          label={t('preferences.snippet_text')}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
          autosize
          minRows={1}
          maxRows={6}
          maxLength={4000}
        />
        <Button variant="default" size="sm" disabled={word === '' || text.trim() === ''} onClick={add}>
          {t('preferences.add')}
        </Button>
      </div>
    </section>
  );
};

export default PreferencesDialog;
