import { lazy, type ReactElement, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Route, Switch } from 'wouter';

import { InboxPage } from '../inbox/inbox.page.js';
import { OfferDock } from '../offer/offer-dock.js';
import { useActions } from '../ui/actions.js';
import { ErrorBoundary } from '../ui/error-boundary.js';
import { Waiting } from '../ui/status.js';
import { ConnectionStrip } from './connection-strip.js';
import { NavRail } from './nav-rail.js';
import styles from './shell.module.css';
import { useActionKeys } from './use-action-keys.js';
import { useShellActions } from './use-shell-actions.js';

const ApprovalsPage = lazy(() => import('../approval/approvals.page.js'));
const QueuePage = lazy(() => import('../queue/queue.page.js'));
const SearchPage = lazy(() => import('../search/search.page.js'));
const TeamPage = lazy(() => import('../supervisor/team.page.js'));
const AnalyticsPage = lazy(() => import('../analytics/analytics.page.js'));
const SystemPage = lazy(() => import('../system/system.page.js'));
const InspectorPage = lazy(() => import('../inspector/inspector.page.js'));
const Palette = lazy(() => import('./palette.js'));
const ShortcutSheet = lazy(() => import('./shortcut-sheet.js'));
const PreferencesDialog = lazy(() => import('../preferences/preferences.dialog.js'));

export type ShellDialog = 'palette' | 'shortcuts' | 'preferences';

/** All pages of somebody who is signed in, and what is there on every one of them. */
const Shell = (): ReactElement => {
  const { t } = useTranslation();
  const [dialog, setDialog] = useState<ShellDialog | null>(null);
  const close = (): void => setDialog(null);
  useActions('shell', useShellActions(setDialog));
  useActionKeys();
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main" onClick={focusMain}>
        {t('app.skip')}
      </a>
      <NavRail onOpen={setDialog} />
      <div className={styles.content}>
        <ConnectionStrip />
        <main id="main" className={styles.main} tabIndex={-1}>
          <ErrorBoundary>
            <Suspense fallback={<Waiting />}>
              <Switch>
                <Route path="/queue" component={QueuePage} />
                <Route path="/approvals/:id">{({ id }) => <ApprovalsPage approvalId={readId(id)} />}</Route>
                <Route path="/approvals">
                  <ApprovalsPage approvalId={null} />
                </Route>
                <Route path="/search" component={SearchPage} />
                <Route path="/team" component={TeamPage} />
                <Route path="/analytics" component={AnalyticsPage} />
                <Route path="/system" component={SystemPage} />
                <Route path="/inspect/:id">
                  {({ id }) => <InspectorPage key={id} conversationId={readId(id)} />}
                </Route>
                <Route path="/c/:id">{({ id }) => <InboxPage conversationId={readId(id)} />}</Route>
                <Route>
                  <InboxPage conversationId={null} />
                </Route>
              </Switch>
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
      <OfferDock />
      <Suspense>
        {dialog === 'palette' && <Palette onClose={close} />}
        {dialog === 'shortcuts' && <ShortcutSheet onClose={close} />}
        {dialog === 'preferences' && <PreferencesDialog onClose={close} />}
      </Suspense>
    </div>
  );
};

/** The fragment is the route: the link's own jump would leave the page. */
const focusMain = (event: { preventDefault(): void }): void => {
  event.preventDefault();
  document.getElementById('main')?.focus();
};

const readId = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    // Half of a percent sign, typed by hand: it is looked up as it is, and not found.
    return part;
  }
};

export default Shell;
