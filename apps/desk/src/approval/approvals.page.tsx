import './words.js';

import { IconChecks } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

import inbox from '../inbox/inbox.module.css';
import { ErrorBoundary } from '../ui/error-boundary.js';
import { Empty } from '../ui/status.js';
import { ApprovalList } from './approval-list.js';
import { ApprovalPane } from './approval-pane.js';

/** What waits for a decision, and one of it. On a phone one of the two. */
const ApprovalsPage = ({ approvalId }: { readonly approvalId: string | null }): ReactElement => {
  const { t } = useTranslation();
  return (
    <div className={inbox.page} data-open={approvalId !== null}>
      <div className={inbox.list}>
        <ApprovalList currentId={approvalId} />
      </div>
      <div className={inbox.pane}>
        {approvalId === null ? (
          <Empty icon={IconChecks} title={t('approvals.none_open')} hint={t('approvals.none_open_hint')} />
        ) : (
          <ErrorBoundary key={approvalId}>
            <ApprovalPane approvalId={approvalId} />
          </ErrorBoundary>
        )}
      </div>
    </div>
  );
};

export default ApprovalsPage;
