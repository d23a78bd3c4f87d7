/** What each derived key of this service is for; changing a label makes what it sealed unreadable. */
export const KEK_LABEL = 'orchestrator data-key encryption';
export const CUSTOMER_HASH_LABEL = 'orchestrator customer hash';
export const CONTENT_HASH_LABEL = 'orchestrator content hash';
/** Followed by the tenant's id. */
export const ARCHIVE_LABEL = 'archive';
export const CONNECTION_STATE_LABEL = 'orchestrator connection state';
export const ACTION_DIGEST_LABEL = 'orchestrator action digest';
