import { preferences } from '../preferences/preferences.js';

let audio: AudioContext | null = null;

/** Two soft notes, if the agent wants to hear of things. */
const ring = (): void => {
  audio ??= new AudioContext();
  const start = audio.currentTime;
  for (const [step, hertz] of [660, 880].entries()) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const at = start + step * 0.14;
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(0.12, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, at + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.32);
  }
};

export interface Alert {
  readonly title: string;
  /** Shown over other windows: a code's words, never what a customer wrote. */
  readonly body?: string;
  /** A later alert of the same tag takes the place of the earlier one. */
  readonly tag: string;
}

/** By the agent's choice: a sound, and a notification while the desk is not looked at. */
export const alertAgent = ({ title, body, tag }: Alert): void => {
  const { sound, notifications } = preferences.get();
  if (sound) ring();
  const isAllowed = 'Notification' in window && Notification.permission === 'granted';
  if (!notifications || !isAllowed || document.visibilityState === 'visible') return;
  const shown = new Notification(title, {
    tag,
    icon: `${import.meta.env.BASE_URL}icon.svg`,
    ...(body !== undefined && { body }),
  });
  shown.addEventListener('click', () => {
    window.focus();
    shown.close();
  });
};

/** True where the browser lets the desk notify; asks, if it was not asked before. */
export const mayNotify = async (): Promise<boolean> => {
  if (!('Notification' in window)) return false;
  return (await Notification.requestPermission()) === 'granted';
};
