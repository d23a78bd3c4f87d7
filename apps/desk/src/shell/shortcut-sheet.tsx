import '../approval/words.js';

import { Kbd, Modal } from '@mantine/core';
import { Fragment, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import styles from './shortcut-sheet.module.css';

const MOD = navigator.platform.startsWith('Mac') ? '⌘' : 'Ctrl';

/** All keys at a glance. */
const ShortcutSheet = ({ onClose }: { readonly onClose: () => void }): ReactElement => {
  const { t } = useTranslation();
  const groups = [
    {
      title: t('shortcut.everywhere'),
      keys: [
        [t('shortcut.accept'), ['A'], ['Alt', 'A']],
        [t('shortcut.palette'), [MOD, 'K']],
        [t('shortcut.search'), ['/']],
        [t('shortcut.help'), ['?']],
      ],
    },
    {
      title: t('shortcut.lists'),
      keys: [
        [t('shortcut.next'), ['J']],
        [t('shortcut.previous'), ['K']],
        [t('shortcut.focus_reply'), ['R']],
        [t('shortcut.resolve'), ['E']],
        [t('shortcut.give_back'), ['B']],
        [t('shortcut.transfer'), ['T']],
        [t('shortcut.details'), ['I']],
      ],
    },
    {
      title: t('shortcut.approvals'),
      keys: [
        [t('approvals.do.action_approve'), ['Y']],
        [t('approvals.do.action_edit'), ['M']],
        [t('approvals.do.action_respond'), ['G']],
        [t('approvals.do.action_reject'), ['N']],
        [t('approvals.consult'), ['C']],
      ],
    },
    {
      title: t('shortcut.reply'),
      keys: [
        [t('shortcut.send'), ['Enter']],
        [t('shortcut.new_line'), ['Shift', 'Enter']],
        [t('shortcut.snippets'), ['/']],
        [t('shortcut.leave'), ['Esc']],
      ],
    },
  ] as const;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('shortcut.title')}
      closeButtonProps={{ 'aria-label': t('dialog.cancel') }}
    >
      {groups.map(({ title, keys }) => (
        <section key={title}>
          <h3 className={styles.title}>{title}</h3>
          <dl className={styles.keys}>
            {keys.map(([name, ...ways]) => (
              <div key={name} className={styles.key}>
                <dt>{name}</dt>
                <dd>
                  {ways.map((way, index) => (
                    <Fragment key={way.join()}>
                      {index > 0 && ` ${t('shortcut.or')} `}
                      {way.map((cap) => (
                        <Kbd key={cap} size="xs">
                          {cap}
                        </Kbd>
                      ))}
                    </Fragment>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Modal>
  );
};

export default ShortcutSheet;
