/** What a staff token says of its holder. The gateway decides; this is only read to show it. */
export interface StaffClaims {
  readonly agentId: string;
  readonly expiresAtMs: number;
}

/** Undefined for what cannot be a staff token: an API key, a conversation token, half of a paste. */
export const readStaffToken = (token: string): StaffClaims | undefined => {
  const [header, payload, signature] = token.split('.');
  if (!header || !payload || !signature) return undefined;
  try {
    const { typ } = decode(header);
    const { sub, exp } = decode(payload);
    if (typ !== 'baton-staff+jwt' || typeof sub !== 'string' || typeof exp !== 'number') return undefined;
    return { agentId: sub, expiresAtMs: exp * 1000 };
  } catch {
    // Not base64url, or not JSON: no token.
    return undefined;
  }
};

const decode = (part: string): Record<string, unknown> => {
  const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
};

/** The token of a `#token=…` fragment, as a link from the administrator carries it. */
export const tokenOfFragment = (fragment: string): string | undefined => {
  const token = new URLSearchParams(fragment.replace(/^#\/?/, '')).get('token');
  return token === null || token === '' ? undefined : token;
};
