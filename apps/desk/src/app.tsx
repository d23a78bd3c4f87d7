import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, type ReactElement, Suspense } from 'react';
import { Router } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';

import { queryClient } from './live/queries.js';
import { session } from './session/session.js';
import { SignInPage } from './session/sign-in.page.js';
import { useSessionWork } from './session/use-session-work.js';
import { theme } from './theme/theme.js';
import { ErrorBoundary } from './ui/error-boundary.js';
import { useStore } from './ui/store.js';
import { Waiting } from './ui/status.js';

/** A stranger sees the sign-in page without waiting for the rest. */
const Shell = lazy(() => import('./shell/shell.js'));

/**
 * The routes are in the fragment: the gateway serves one page, and no conversation's id gets into anybody's access
 * log. Mantine writes no styles at run time, since the page's policy lets no inline style through.
 */
export const App = (): ReactElement => (
  <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
    <QueryClientProvider client={queryClient}>
      <Router hook={useHashLocation}>
        <ErrorBoundary>
          <Gate />
        </ErrorBoundary>
      </Router>
    </QueryClientProvider>
  </MantineProvider>
);

const Gate = (): ReactElement => {
  const current = useStore(session);
  useSessionWork(current);
  if (!current) return <SignInPage />;
  return (
    <Suspense fallback={<Waiting />}>
      <Shell key={current.agentId} />
    </Suspense>
  );
};
