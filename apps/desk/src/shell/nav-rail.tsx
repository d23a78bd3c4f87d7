import { UnstyledButton } from '@mantine/core';
import {
  IconActivityHeartbeat,
  IconChartBar,
  IconCommand,
  IconHourglass,
  IconInbox,
  IconSearch,
  IconShieldCheck,
  IconUsersGroup,
} from '@tabler/icons-react';
import type { ComponentType, ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';

import { useForMe } from '../approval/viewer.js';
import { useIsAdministrating, useIsSupervising, useMe, useQueue } from '../live/queries.js';
import { session } from '../session/session.js';
import { lazyMenu } from '../ui/menu-button.js';
import { useStore } from '../ui/store.js';
import type { PersonMenuProps } from './person-menu.js';
import { PresenceDot } from './presence-dot.js';
import type { ShellDialog } from './shell.js';
import styles from './nav-rail.module.css';

const PersonMenu = lazyMenu<PersonMenuProps>(() => import('./person-menu.js'));

interface NavRailProps {
  readonly onOpen: (dialog: ShellDialog) => void;
}

/** The pages, and who is signed in; at the foot of a phone. */
export const NavRail = ({ onOpen }: NavRailProps): ReactElement => {
  const { t } = useTranslation();
  const isSupervising = useIsSupervising();
  const isAdministrating = useIsAdministrating();
  const waiting = useQueue().data?.items.length ?? 0;
  const toDecide = useForMe().length;
  return (
    <nav className={styles.rail} aria-label={t('nav.label')}>
      <Page to="/" icon={IconInbox} label={t('nav.inbox')} also="/c/" />
      <Page
        to="/queue"
        icon={IconHourglass}
        label={t('nav.queue')}
        count={waiting}
        counted={t('queue.waiting', { count: waiting })}
      />
      <Page
        to="/approvals"
        also="/approvals/"
        icon={IconShieldCheck}
        label={t('nav.approvals')}
        count={toDecide}
        counted={t('nav.to_decide', { count: toDecide })}
      />
      <Page to="/search" icon={IconSearch} label={t('nav.search')} />
      {isSupervising && <Page to="/team" icon={IconUsersGroup} label={t('nav.team')} />}
      {isSupervising && <Page to="/analytics" icon={IconChartBar} label={t('nav.analytics')} />}
      {isAdministrating && <Page to="/system" icon={IconActivityHeartbeat} label={t('nav.system')} />}
      <span className={styles.space} />
      <UnstyledButton
        className={`${styles.page} ${styles.wide}`}
        aria-label={t('nav.commands')}
        title={`${t('nav.commands')} (Ctrl K)`}
        onClick={() => onOpen('palette')}
      >
        <IconCommand size={20} stroke={1.6} />
      </UnstyledButton>
      <Person onOpen={onOpen} />
    </nav>
  );
};

interface PageProps {
  readonly to: string;
  readonly icon: ComponentType<{ size?: number; stroke?: number }>;
  readonly label: string;
  readonly count?: number;
  /** The count in words. */
  readonly counted?: string;
  /** Paths below which it is the current page too. */
  readonly also?: string;
}

const Page = ({ to, icon: Icon, label, count = 0, counted = '', also }: PageProps): ReactElement => {
  const [path] = useLocation();
  const isCurrent = path === to || (also !== undefined && path.startsWith(also));
  const name = count > 0 ? `${label}, ${counted}` : label;
  return (
    <Link
      href={to}
      className={styles.page ?? ''}
      aria-label={name}
      title={name}
      aria-current={isCurrent ? 'page' : undefined}
    >
      <Icon size={20} stroke={1.6} />
      {count > 0 && <span className={styles.count}>{count > 99 ? '99+' : count}</span>}
    </Link>
  );
};

const Person = ({ onOpen }: NavRailProps): ReactElement => {
  const { t } = useTranslation();
  const { data: me } = useMe();
  const agentId = useStore(session)?.agentId ?? '';
  const status = me?.status ?? 'OFFLINE';
  const name = me?.name ?? agentId;
  return (
    <PersonMenu
      me={me}
      name={name}
      onOpen={onOpen}
      button={(on) => (
        <UnstyledButton className={styles.person} {...on}>
          {initials(name)}
          <span className="only-read">
            {`${t('nav.you', { name })}. ${t('presence.label', { status: t(`presence.${status}`) })}`}
          </span>
          <PresenceDot status={status} className={styles.dot} />
        </UnstyledButton>
      )}
    />
  );
};

const initials = (name: string): string =>
  name
    .split(/[\s_-]+/)
    .map((part) => [...part][0] ?? '')
    .slice(0, 2)
    .join('')
    .toUpperCase();
