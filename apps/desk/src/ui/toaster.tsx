import '@mantine/notifications/styles.css';

import { MantineProvider } from '@mantine/core';
import { Notifications, notifications } from '@mantine/notifications';
import { createRoot } from 'react-dom/client';

import { theme } from '../theme/theme.js';
import type { Toast } from './toast.js';

const place = document.body.appendChild(document.createElement('div'));
createRoot(place).render(
  <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
    <Notifications position="top-center" limit={3} />
  </MantineProvider>,
);

export const showToast = ({ title, message, tone }: Toast): void => {
  notifications.show({
    message,
    color: tone === 'bad' ? 'red' : 'yellow',
    autoClose: 8000,
    role: 'alert',
    ...(title !== undefined && { title }),
  });
};
