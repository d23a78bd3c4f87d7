import { socketTicket } from './consultation-api.js';
import type { Heard } from './consultation-history.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

interface Listener {
  /** Also each time that the line was lost: what was said meanwhile has to be read. */
  readonly onOpen: () => void;
  readonly onHeard: (heard: Heard) => void;
}

/** Hears a consultation live, and comes back by itself; gives back how to stop. */
export const listenTo = (consultationId: string, { onOpen, onHeard }: Listener): (() => void) => {
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  let isOver = false;

  const again = (): void => {
    if (isOver) return;
    timer = setTimeout(() => void open(), pauseMs * (0.5 + Math.random() / 2));
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
  };
  const open = async (): Promise<void> => {
    try {
      const ticket = encodeURIComponent(await socketTicket());
      if (isOver) return;
      const base = location.origin.replace(/^http/, 'ws');
      socket = new WebSocket(
        `${base}/ws/consultation/${encodeURIComponent(consultationId)}?ticket=${ticket}`,
      );
    } catch {
      // No ticket to be had just now: the staff stream says that the line is lost.
      return again();
    }
    socket.addEventListener('open', () => {
      pauseMs = FIRST_PAUSE_MS;
      onOpen();
    });
    socket.addEventListener('message', ({ data }) => {
      const heard = readHeard(data);
      if (heard && !isOver) onHeard(heard);
    });
    socket.addEventListener('close', again);
  };
  void open();
  return () => {
    isOver = true;
    clearTimeout(timer);
    socket?.close();
  };
};

const KNOWN: ReadonlySet<string> = new Set(['message', 'delta', 'delta.reset', 'ended', 'error']);

/** What is newer than this desk, or no JSON, is passed over. */
const readHeard = (data: unknown): Heard | null => {
  try {
    const heard = JSON.parse(String(data)) as Heard;
    return KNOWN.has(heard.type) ? heard : null;
  } catch {
    return null;
  }
};
