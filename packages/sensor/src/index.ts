/** What happens on hosts and services, turned into events. */

export type { Recorded, RecordedCounts, RecordedItem, RecordedOptions } from './replay/open.ts'
export { openRecorded } from './replay/open.ts'
export type { Sample, SampleHeader } from './replay/sample.ts'
export { readSample, sampleAsset } from './replay/sample.ts'
export type { RecordedSource } from './replay/source.ts'
export { recordedSources } from './replay/source.ts'
export { startKernelSensors } from './kernel/start.ts'
export { defaultSensorPolicy } from './policy.ts'
export type { PathWatch, Sensor, SensorContext, SensorHealth, SensorPolicy, SensorState } from './sensor.ts'
