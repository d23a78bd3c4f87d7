export { findBrowser } from './find-browser.js';
export { launchBrowser } from './launch-browser.js';
