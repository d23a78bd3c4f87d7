/** Where this script came from is where Baton is; known only while it is first run. */
const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : '';

export const scriptOrigin = (): string => (script === '' ? location.origin : new URL(script).origin);
