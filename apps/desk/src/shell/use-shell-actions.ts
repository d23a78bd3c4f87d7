import { useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';

import { setPresence } from '../api/commands.js';
import type { Presence } from '../api/types.js';
import { keys, queryClient, useIsAdministrating, useIsSupervising } from '../live/queries.js';
import { endSession, session } from '../session/session.js';
import type { Action } from '../ui/actions.js';
import { sayFailure } from '../ui/failure.js';
import type { ShellDialog } from './shell.js';

const PRESENCES: readonly Presence[] = ['ONLINE', 'AWAY', 'OFFLINE'];

/** What can be done on every page. */
export const useShellActions = (open: (dialog: ShellDialog) => void): readonly Action[] => {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const { setColorScheme } = useMantineColorScheme();
  const isSupervising = useIsSupervising();
  const isAdministrating = useIsAdministrating();
  const go = (path: string, label: string, key?: string): Action => ({
    id: `go:${path}`,
    label,
    run: () => navigate(path),
    ...(key !== undefined && { key }),
  });
  return [
    {
      id: 'palette',
      label: t('nav.commands'),
      everywhere: 'mod+K',
      isHidden: true,
      run: () => open('palette'),
    },
    { id: 'shortcuts', label: t('nav.shortcuts'), key: 'shift+?', run: () => open('shortcuts') },
    { id: 'preferences', label: t('nav.preferences'), run: () => open('preferences') },
    go('/', t('nav.inbox')),
    go('/queue', t('nav.queue')),
    go('/approvals', t('nav.approvals')),
    go('/search', t('nav.search'), '/'),
    ...(isSupervising ? [go('/team', t('nav.team')), go('/analytics', t('nav.analytics'))] : []),
    ...(isAdministrating ? [go('/system', t('nav.system'))] : []),
    ...PRESENCES.map((status) => ({
      id: `presence:${status}`,
      label: `${t(`presence.${status}`)} – ${t(`presence.${status}_hint`)}`,
      run: () => void changePresence(status, t('presence.not_set')),
    })),
    ...(['light', 'dark', 'auto'] as const).map((scheme) => ({
      id: `scheme:${scheme}`,
      label: `${t('preferences.appearance')}: ${t(`preferences.${scheme}`)}`,
      run: () => setColorScheme(scheme),
    })),
    { id: 'sign-out', label: t('nav.sign_out'), run: () => endSession('signed_out') },
  ];
};

/** Sets the own presence; what it was is shown again where that fails. */
export const changePresence = async (status: Presence, failed: string): Promise<void> => {
  const agentId = session.get()?.agentId;
  if (agentId === undefined) return;
  try {
    await setPresence(agentId, status);
    await queryClient.invalidateQueries({ queryKey: keys.me });
  } catch (error) {
    sayFailure(failed, error);
  }
};
