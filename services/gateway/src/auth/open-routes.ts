/** What is open to anybody, by the first part of its path, and why. Everything else needs an `Access`. */
const OPEN: Readonly<Record<string, string>> = {
  health: 'probes have no token; it says which dependency is down, nothing else',
  metrics: 'scraped by the operator; on a management port when deployed',
  'openapi.json': 'the contract, for whoever writes a client',
  'asyncapi.json': 'the contract, for whoever writes a client',
  docs: 'the contract, for people',
  desk: 'a page without data: it asks for a token',
  demo: 'a page without data; under `npm start` it gives whoever asks a conversation of their own',
  'widget.js': 'a script without data, loaded by customers',
  '*': 'the options of any path, for browsers before they send a token',
};

const OPEN_CALLBACK = '/api/v1/oauth/callback';

/** Why a route needs no token; undefined for one that does. */
export const whyOpen = (route: string): string | undefined => {
  if (route === OPEN_CALLBACK)
    return 'the provider sends the browser here: its state parameter is what proves it';
  const part = route.split('/').find((each) => each !== '') ?? '';
  return Object.hasOwn(OPEN, part) ? OPEN[part] : undefined;
};
