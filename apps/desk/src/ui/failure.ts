import { isProblem } from '@baton/client';
import i18next from 'i18next';

import { toast } from './toast.js';

/** Says that something the agent did was not done, in the server's words. */
export const sayFailure = (title: string, error: unknown): void =>
  toast({
    tone: 'bad',
    title,
    message: isProblem(error) ? error.message : i18next.t('error.unreachable'),
  });
