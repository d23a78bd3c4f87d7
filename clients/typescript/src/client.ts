import type { Client } from 'openapi-fetch';

import { type Conversations, conversations } from './conversation/conversations.js';
import type { paths } from './generated/api.js';
import { type ClientOptions, createHttp, type Http } from './http/http.js';
import { type Staff, staff } from './staff/staff.js';

/** All of Baton. A page that wants less takes {@link createHttp} and what it needs. */
export interface BatonClient {
  readonly conversations: Conversations;
  readonly staff: Staff;
  /** Every call of the API by its path, typed: `client.api.GET('/api/v1/queue')`. */
  readonly api: Client<paths>;
  readonly http: Http;
}

export const createClient = (options: ClientOptions): BatonClient => {
  const http = createHttp(options);
  return { conversations: conversations(http), staff: staff(http), api: http.api, http };
};
