/** What happens on hosts and services, turned into events. */

export type { HostInventoryOptions } from './inventory/host-sensor.ts'
export { createHostInventorySensor } from './inventory/host-sensor.ts'
export type { Ledger, LedgerPage } from './inventory/ledger.ts'
export { createLedger } from './inventory/ledger.ts'
export type { InventorySensorOptions } from './inventory/sensor.ts'
export { createInventorySensor } from './inventory/sensor.ts'
export type { SnapshotKind } from './inventory/things.ts'
export { whyUnavailable as whyNoKernelSensors } from './kernel/availability.ts'
export { startKernelSensors } from './kernel/start.ts'
export type { HostSensors } from './ladder/start.ts'
export { startHostSensors } from './ladder/start.ts'
export type { LogSensorOptions } from './log/sensor.ts'
export { createLogSensor } from './log/sensor.ts'
export type { LogSource } from './log/source.ts'
export { defaultLogSources, fileKinds, readLogSources } from './log/source.ts'
export { defaultSensorPolicy } from './policy.ts'
export { createReceiveSensor } from './receive/sensor.ts'
export type { ReceiverKind, ReceiverSettings } from './receive/settings.ts'
export { readReceivers, receiverKinds } from './receive/settings.ts'
export * from './recorded.ts'
export type { Sample, SampleHeader } from './replay/sample.ts'
export { readSample, sampleAsset } from './replay/sample.ts'
export type {
  PathWatch,
  Sensor,
  SensorContext,
  SensorHealth,
  SensorPolicy,
  SensorSource,
  SensorState,
} from './sensor.ts'
export { isWindowsRecord, windowsFields } from './windows/decode.ts'
export type { EvtxRecord, EvtxSink } from './windows/evtx/chunk.ts'
export type { EvtxCode } from './windows/evtx/cursor.ts'
export type { EvtxReader } from './windows/evtx/read.ts'
export { createEvtxReader } from './windows/evtx/read.ts'
