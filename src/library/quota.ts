/** The two daily budgets of a Google project: API calls (10,000) and base-URL requests (75,000). */
export type QuotaKind = 'api' | 'media';

export const DAILY_LIMIT: Readonly<Record<QuotaKind, number>> = { api: 10_000, media: 75_000 };
