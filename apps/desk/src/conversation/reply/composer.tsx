import { Button, Textarea } from '@mantine/core';
import { IconSend2 } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactElement, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { preferences, type Snippet } from '../../preferences/preferences.js';
import { useActions } from '../../ui/actions.js';
import { useStore } from '../../ui/store.js';
import { sendMessage } from '../outbox.js';
import styles from './composer.module.css';
import { draftOf, drafts, keepDraft } from './drafts.js';
import { fittingSnippets, snippetQuery } from './snippets.js';
import { SnippetList } from './snippet-list.js';
import { useTyping } from './use-typing.js';

/** Of a message, in Unicode code points. */
const MAX_CHARACTERS = 32_000;

/** The reply box: Enter sends, `/` finds a snippet, and what stands in it is kept. */
export const Composer = ({ conversationId }: { readonly conversationId: string }): ReactElement => {
  const { t } = useTranslation();
  const box = useRef<HTMLTextAreaElement>(null);
  const listId = useId();
  useStore(drafts);
  const text = draftOf(conversationId);
  const [caret, setCaret] = useState(text.length);
  const [chosen, setChosen] = useState(0);
  const [isDismissed, setDismissed] = useState(false);
  const typing = useTyping(conversationId);
  const { snippets } = useStore(preferences);
  const query = isDismissed ? null : snippetQuery(text, caret);
  const fitting = query ? fittingSnippets(snippets, query.word) : [];
  const tooMany = text.length > MAX_CHARACTERS ? [...text].length - MAX_CHARACTERS : 0;
  const isSendable = text.trim() !== '' && tooMany <= 0;

  useActions('composer', [
    {
      id: 'reply',
      label: t('shortcut.focus_reply'),
      key: 'R',
      // Behind the key press, else the letter would be written into the box.
      run: () => setTimeout(() => box.current?.focus(), 0),
    },
  ]);

  const change = (value: string, at: number): void => {
    keepDraft(conversationId, value);
    setCaret(at);
    setChosen(0);
    setDismissed(false);
    typing.changed(value !== '');
  };
  const send = (): void => {
    if (!isSendable) return;
    sendMessage(conversationId, text);
    change('', 0);
  };
  const insert = ({ text: words }: Snippet): void => {
    if (!query) return;
    const after = text.slice(0, query.from) + words + text.slice(caret);
    const at = query.from + words.length;
    change(after, at);
    // The caret can only be set when the text is there.
    setTimeout(() => box.current?.setSelectionRange(at, at), 0);
    box.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    // An input method that composes a character takes Enter for itself.
    if (event.nativeEvent.isComposing) return;
    if (query && fitting.length > 0) {
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
      if (step !== 0) {
        event.preventDefault();
        return setChosen((chosen + step + fitting.length) % fitting.length);
      }
      const picked = fitting[chosen];
      if ((event.key === 'Enter' || event.key === 'Tab') && picked) {
        event.preventDefault();
        return insert(picked);
      }
    }
    if (event.key === 'Escape') {
      if (query) return setDismissed(true);
      return box.current?.blur();
    }
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      send();
    }
  };
  return (
    <div className={styles.composer}>
      {query && <SnippetList id={listId} snippets={fitting} chosen={chosen} onChoose={insert} />}
      <Textarea
        ref={box}
        className={styles.field ?? ''}
        aria-label={t('composer.label')}
        aria-autocomplete="list"
        aria-controls={query ? listId : undefined}
        aria-activedescendant={query && fitting.length > 0 ? `${listId}-${chosen}` : undefined}
        placeholder={t('composer.placeholder')}
        value={text}
        onChange={({ currentTarget }) => change(currentTarget.value, currentTarget.selectionStart)}
        onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart)}
        onKeyDown={onKeyDown}
        onBlur={() => typing.changed(false)}
        error={tooMany > 0 && t('composer.too_long', { count: tooMany })}
        autosize
        minRows={2}
        maxRows={10}
        size="md"
        variant="unstyled"
        autoFocus={matchMedia('(min-width: 48em)').matches}
      />
      <Button
        className={styles.send ?? ''}
        onClick={send}
        disabled={!isSendable}
        rightSection={<IconSend2 size={15} />}
      >
        {t('composer.send')}
      </Button>
    </div>
  );
};
