import type { Approval } from '../api/types.js';
import { useMe, useMine, usePendingApprovals } from '../live/queries.js';
import { forMe, type Viewer } from './may-decide.js';

/** Who looks; nobody until that is known. */
export const useViewer = (): Viewer | null => {
  const { data: me } = useMe();
  return me ? { agentId: me.agent_id, role: me.role } : null;
};

const NONE: readonly Approval[] = [];

/** What waits for the own decision. */
export const useForMe = (): readonly Approval[] => {
  const viewer = useViewer();
  const pending = usePendingApprovals().data?.items ?? NONE;
  const mine = useMine().data?.items ?? [];
  return viewer ? forMe(pending, viewer, new Set(mine.map(({ conversation_id }) => conversation_id))) : NONE;
};
