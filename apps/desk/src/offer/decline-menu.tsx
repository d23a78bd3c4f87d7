import { Menu } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import type { OpenMenuProps } from '../ui/menu-button.js';

const REASONS = ['busy', 'skills', 'break', 'other'] as const;

export interface DeclineMenuProps {
  readonly onDecline: (reason: string) => void;
}

/** Why an offer is declined. */
const DeclineMenu = ({ onDecline, trigger }: DeclineMenuProps & OpenMenuProps): ReactElement => {
  const { t } = useTranslation();
  return (
    <Menu position="top-end" defaultOpened>
      <Menu.Target>{trigger}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('offer.decline_why')}</Menu.Label>
        {REASONS.map((reason) => (
          <Menu.Item key={reason} onClick={() => onDecline(t(`offer.reasons.${reason}`))}>
            {t(`offer.reasons.${reason}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
};

export default DeclineMenu;
