const KEY = 'baton.desk.reloaded-at';
/** A file that is still not there after a reload is missing for another reason: the page says so instead. */
const ONCE_IN_MS = 60_000;

/**
 * A newer gateway serves newer files: a part of this page that was not loaded yet is there no more. The newer page
 * takes its place; drafts and what is on its way are in the tab and stay.
 */
export const reloadWhenOutdated = (): void => {
  addEventListener('vite:preloadError', (event) => {
    if (Date.now() - Number(sessionStorage.getItem(KEY)) < ONCE_IN_MS) return;
    sessionStorage.setItem(KEY, String(Date.now()));
    event.preventDefault();
    location.reload();
  });
};
