import { Menu } from '@mantine/core';
import {
  IconArrowBackUp,
  IconArrowsRightLeft,
  IconCheck,
  IconRobot,
  IconUserPlus,
} from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { OpenMenuProps } from '../ui/menu-button.js';
import type { DialogName } from './dialogs/dialog-name.js';

export interface MoreMenuProps {
  /** What this agent may do with this conversation. */
  readonly dialogs: readonly DialogName[];
  readonly onChoose: (dialog: DialogName) => void;
}

const ICONS = {
  resolve: IconCheck,
  give_back: IconRobot,
  transfer: IconArrowsRightLeft,
  release: IconArrowBackUp,
  assign: IconUserPlus,
} as const;

const MoreMenu = ({ dialogs, onChoose, trigger }: MoreMenuProps & OpenMenuProps): ReactElement => {
  const { t } = useTranslation();
  return (
    <Menu defaultOpened>
      <Menu.Target>{trigger}</Menu.Target>
      <Menu.Dropdown>
        {dialogs.map((name) => {
          const Icon = ICONS[name];
          return (
            <Menu.Item key={name} leftSection={<Icon size={16} />} onClick={() => onChoose(name)}>
              {t(`conversation.${name}`)}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
};

export default MoreMenu;
