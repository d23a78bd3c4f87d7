/** A campaign asks faster than anybody may: the limits have their own tests. */
export const UNLIMITED: Readonly<Record<string, string>> = {
  BATON_RATE_LIMIT_REQUESTS_PER_SECOND: '1000000',
  BATON_RATE_LIMIT_TENANT_REQUESTS_PER_SECOND: '1000000',
  BATON_RATE_LIMIT_MESSAGES_PER_10S: '1000000',
};
