import { Menu } from '@mantine/core';
import { IconKeyboard, IconLogout, IconSettings } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { HumanAgent, Presence } from '../api/types.js';
import { endSession } from '../session/session.js';
import type { OpenMenuProps } from '../ui/menu-button.js';
import styles from './nav-rail.module.css';
import { PresenceDot } from './presence-dot.js';
import type { ShellDialog } from './shell.js';
import { changePresence } from './use-shell-actions.js';

const PRESENCES: readonly Presence[] = ['ONLINE', 'AWAY', 'OFFLINE'];

export interface PersonMenuProps {
  readonly me: HumanAgent | undefined;
  readonly name: string;
  readonly onOpen: (dialog: ShellDialog) => void;
}

/** Presence, preferences and the way out. */
const PersonMenu = ({ me, name, onOpen, trigger }: PersonMenuProps & OpenMenuProps): ReactElement => {
  const { t } = useTranslation();
  const status = me?.status ?? 'OFFLINE';
  return (
    <Menu position="right-end" width={250} defaultOpened>
      <Menu.Target>{trigger}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {name}
          {me &&
            ` · ${t(`role.${me.role}`)} · ${t('dialog.load', { active: me.active_count, max: me.max_concurrent })}`}
        </Menu.Label>
        <Menu.RadioGroup
          value={status}
          onChange={(next) => void changePresence(next as Presence, t('presence.not_set'))}
        >
          {PRESENCES.map((each) => (
            <Menu.RadioItem
              key={each}
              value={each}
              closeMenuOnClick
              rightSection={<PresenceDot status={each} />}
            >
              {t(`presence.${each}`)}
              <div className={styles.hint}>{t(`presence.${each}_hint`)}</div>
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<IconSettings size={16} />} onClick={() => onOpen('preferences')}>
          {t('nav.preferences')}
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={() => onOpen('shortcuts')}>
          {t('nav.shortcuts')}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => endSession('signed_out')}>
          {t('nav.sign_out')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
};

export default PersonMenu;
