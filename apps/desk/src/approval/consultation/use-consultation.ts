import { isProblem } from '@baton/client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import {
  ask,
  consultationOf,
  endConsultation,
  readConsultation,
  startConsultation,
} from './consultation-api.js';
import { type History, NO_HISTORY, withHeard, withMessage, withRead } from './consultation-history.js';
import { listenTo } from './consultation-socket.js';

export interface ConsultationView {
  /** Null until it is known whether anybody asked anything. */
  readonly history: History | null;
  readonly isAsking: boolean;
  readonly failure: string | null;
  /** Asks the agent; begins a consultation where there is none that goes on. */
  readonly say: (message: string) => Promise<boolean>;
  readonly end: () => void;
}

/** The consultation of an approval: everybody's messages as they come, and the own ones. */
export const useConsultation = (approvalId: string): ConsultationView => {
  const { t } = useTranslation();
  const [id, setId] = useState<string | null>(null);
  const [history, setHistory] = useState<History | null>(null);
  const [asking, setAsking] = useState(0);
  const [failure, setFailure] = useState<string | null>(null);
  const isActive = history?.status === 'ACTIVE' && id !== null;
  const live = useRef({ id, isActive });
  useEffect(() => {
    live.current = { id, isActive };
  });
  const fail = useCallback(
    (error: unknown): void => setFailure(isProblem(error) ? error.message : t('error.unreachable')),
    [t],
  );
  const change = useCallback(
    (evolve: (before: History) => History): void => setHistory((before) => evolve(before ?? NO_HISTORY)),
    [],
  );

  useEffect(() => {
    const abort = new AbortController();
    consultationOf(approvalId, abort.signal).then(
      (found) => {
        if (abort.signal.aborted) return;
        setId(found?.consultation_id ?? null);
        change((before) => (found ? withRead(before, found) : before));
      },
      (error: unknown) => !abort.signal.aborted && fail(error),
    );
    return () => abort.abort();
  }, [approvalId, change, fail]);

  useEffect(() => {
    if (id === null || !isActive) return undefined;
    const readAgain = (): void => {
      readConsultation(id).then((read) => change((before) => withRead(before, read)), fail);
    };
    return listenTo(id, {
      onOpen: readAgain,
      onHeard: (heard) => {
        change((before) => withHeard(before, heard));
      },
    });
  }, [id, isActive, change, fail]);

  const say = useCallback(
    async (message: string): Promise<boolean> => {
      setFailure(null);
      setAsking((n) => n + 1);
      try {
        let at = live.current.isActive ? live.current.id : null;
        if (at === null) {
          const begun = await startConsultation(approvalId);
          at = begun.consultation_id;
          setId(at);
          setHistory(withRead(NO_HISTORY, begun));
        }
        const answer = await ask(at, message);
        change((before) => withMessage(before, answer));
        // The own words too, where the socket could not tell them.
        const read = await readConsultation(at);
        change((before) => withRead(before, read));
        return true;
      } catch (error) {
        fail(error);
        return false;
      } finally {
        setAsking((n) => n - 1);
      }
    },
    [approvalId, change, fail],
  );
  const end = useCallback((): void => {
    if (live.current.id === null) return;
    endConsultation(live.current.id).then((ended) => change((before) => withRead(before, ended)), fail);
  }, [change, fail]);
  return { history: isActive || history ? history : null, isAsking: asking > 0, failure, say, end };
};
