/** What a message carries so that everyone who quotes it can be held to it: `[tenant/conversation/turn]`. */
export const markerOf = (tenant: string, conversationId: string, turnId: string): string =>
  `[${tenant}/${conversationId}/${turnId}]`;

const MARKER = /\[[\w-]+\/[\w:-]+\/[\w-]+\]/g;

export const markersIn = (text: string): string[] => [...new Set(text.match(MARKER) ?? [])];

export const tenantOf = (marker: string): string => marker.slice(1, marker.indexOf('/'));
