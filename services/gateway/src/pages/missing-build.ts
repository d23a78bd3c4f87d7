import type { FastifyReply } from 'fastify';

import { applyPagePolicy } from './page-policy.js';

/** For people who see it in place of a page that was not built. */
export const sendMissingBuild = (reply: FastifyReply, what: string): void => {
  applyPagePolicy(reply);
  void reply
    .status(503)
    .headers({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'retry-after': '10' })
    .send(`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Not built: ${what}</title></head>
<body>
<h1>${what} is not built here</h1>
<p>Run <code>npm run build</code> where Baton is checked out, then load this page again. The API is not touched by this.</p>
</body>
</html>
`);
};
