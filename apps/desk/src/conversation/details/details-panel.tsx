import { CloseButton, Tabs } from '@mantine/core';
import { type ReactElement, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Conversation, LogEvent } from '../../api/types.js';
import { CustomerTab } from './customer-tab.js';
import styles from './details-panel.module.css';
import { MemoryTab } from './memory-tab.js';
import { TimelineTab } from './timeline-tab.js';

interface DetailsPanelProps {
  readonly conversation: Conversation;
  readonly events: readonly LogEvent[];
  readonly nameOf: (id: string | null) => string;
  readonly onClose: () => void;
}

/** Beside the conversation: who the customer is, what is remembered, and what happened when. */
const DetailsPanel = ({ conversation, events, nameOf, onClose }: DetailsPanelProps): ReactElement => {
  const { t } = useTranslation();
  const [tab, setTab] = useState<string | null>('customer');
  return (
    <aside className={styles.panel} aria-label={t('details.label')}>
      <Tabs
        value={tab}
        onChange={setTab}
        keepMounted={false}
        classNames={{ root: styles.tabs ?? '', panel: styles.body ?? '' }}
      >
        <div className={styles.head}>
          <Tabs.List className={styles.list ?? ''}>
            <Tabs.Tab value="customer">{t('details.customer')}</Tabs.Tab>
            <Tabs.Tab value="memory">{t('details.memory')}</Tabs.Tab>
            <Tabs.Tab value="timeline">{t('details.timeline')}</Tabs.Tab>
          </Tabs.List>
          <CloseButton className={styles.close ?? ''} aria-label={t('details.close')} onClick={onClose} />
        </div>
        <Tabs.Panel value="customer" tabIndex={0}>
          <CustomerTab conversation={conversation} />
        </Tabs.Panel>
        <Tabs.Panel value="memory" tabIndex={0}>
          <MemoryTab conversationId={conversation.conversation_id} turnCount={conversation.turn_count} />
        </Tabs.Panel>
        <Tabs.Panel value="timeline">
          <TimelineTab conversationId={conversation.conversation_id} events={events} nameOf={nameOf} />
        </Tabs.Panel>
      </Tabs>
    </aside>
  );
};

export default DetailsPanel;
