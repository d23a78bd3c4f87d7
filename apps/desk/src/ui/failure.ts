import { isProblem } from '@baton/client';
import { notifications } from '@mantine/notifications';
import i18next from 'i18next';

/** Says that something the agent did was not done, in the server's words. */
export const sayFailure = (title: string, error: unknown): void => {
  const message = isProblem(error) ? error.message : i18next.t('error.unreachable');
  notifications.show({ color: 'red', title, message, autoClose: 8000 });
};
