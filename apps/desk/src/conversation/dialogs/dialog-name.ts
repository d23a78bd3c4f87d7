/** What ends a conversation or passes it on, and asks something first. */
export type DialogName = 'resolve' | 'give_back' | 'transfer' | 'release' | 'assign';
