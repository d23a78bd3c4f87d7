const QUESTION = { message: 'How long do I have to return an item?', sender_type: 'user' };
/** The default tenant's key under `npm start`, where nobody chose another. */
export const DEMO_KEY = 'dev-key';

/** The first thing to try, ready to be pasted. A key that somebody chose is named, never shown. */
export const firstRequest = (url: string, apiKey: string): string =>
  [
    '',
    'Try it:',
    '',
    `  curl -s ${url}/api/v1/hil/message \\`,
    `    -H "Authorization: Bearer ${apiKey === DEMO_KEY ? DEMO_KEY : '$BATON_API_KEY'}" \\`,
    `    -H 'Content-Type: application/json' -H 'Prefer: wait=30' \\`,
    `    -d '${JSON.stringify(QUESTION)}'`,
    '',
  ].join('\n');
