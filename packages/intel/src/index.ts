/** Indicators of compromise: feed → set → lookup. */
export type { FeedIssue, FeedOptions, ParsedFeed } from './feed.ts'
export { parseIndicators, recogniseKind } from './feed.ts'
export type { Indicator, IndicatorKind } from './indicator.ts'
export { indicatorKinds, normaliseIndicator } from './indicator.ts'
export type { IndicatorSet } from './indicator-set.ts'
export { createIndicatorSet, noIndicators } from './indicator-set.ts'
