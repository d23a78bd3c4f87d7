import type { FastifyReply } from 'fastify';

/**
 * What a page of ours may do: run and style itself with files from here, talk to here, and nothing else. Nothing inline, so
 * that no string that found its way into a page can run; nobody may frame it.
 */
const DIRECTIVES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "media-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
] as const;

/** Text becomes markup only through the widget's own templates. */
const TRUSTED_TYPES = ["require-trusted-types-for 'script'", 'trusted-types lit-html'] as const;

export const applyPagePolicy = (
  reply: FastifyReply,
  more: { readonly trustedTypes?: boolean } = {},
): void => {
  void reply.headers({
    'content-security-policy': [...DIRECTIVES, ...(more.trustedTypes ? TRUSTED_TYPES : [])].join('; '),
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  });
};
