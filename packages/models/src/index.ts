/** Models and indicator lists on disk → what the detector takes. */
export { judgeSample, type Verdict } from './judge-sample.ts'
export type { IndicatorIssue } from './load-indicators.ts'
export { loadIndicators, shippedIndicators } from './load-indicators.ts'
export type { LoadedModels, LoadIssue, ModelFolder, SampleExpectation, SampleFile } from './load-models.ts'
export { loadModels, shippedModels } from './load-models.ts'
export { type ModelSummary, summaryOf } from './model-summary.ts'
