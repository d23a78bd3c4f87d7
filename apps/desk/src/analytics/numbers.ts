import i18next from 'i18next';

/** Shares, spans and ratings as the page says them; a dash for what there is none of. */
export const percent = (share: number | null | undefined): string =>
  share === null || share === undefined ? i18next.t('analytics.none') : `${Math.round(share * 100)} %`;

export const duration = (seconds: number | null | undefined): string => {
  if (seconds === null || seconds === undefined) return i18next.t('analytics.none');
  if (seconds < 90) return i18next.t('analytics.seconds', { count: Math.round(seconds) });
  if (seconds < 5400) return i18next.t('analytics.minutes', { count: Math.round(seconds / 60) });
  return i18next.t('analytics.hours', { hours: (seconds / 3600).toFixed(1) });
};

export const rating = (average: number | null | undefined): string =>
  average === null || average === undefined ? i18next.t('analytics.none') : average.toFixed(1);
