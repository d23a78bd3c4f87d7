import { Button } from '@mantine/core';
import { IconMoodSad } from '@tabler/icons-react';
import i18next from 'i18next';
import { Component, type ReactNode } from 'react';

import { Empty } from './status.js';

/** One broken part is not the whole desk: the rest stays usable, and drafts are kept. */
export class ErrorBoundary extends Component<
  { readonly children: ReactNode },
  { readonly isBroken: boolean }
> {
  override state = { isBroken: false };

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true };
  }

  override render(): ReactNode {
    if (!this.state.isBroken) return this.props.children;
    return (
      <Empty icon={IconMoodSad} title={i18next.t('error.title')} hint={i18next.t('error.hint')}>
        <Button variant="default" onClick={() => location.reload()}>
          {i18next.t('error.reload')}
        </Button>
      </Empty>
    );
  }
}
