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
export type { Cut, CutCounts, CutInput } from './replay/cut.ts'
export { cutRecorded } from './replay/cut.ts'
export type { CutReader, LeaveLine, RecordCounts, SpendLines } from './replay/cut-reader.ts'
export type {
  EventReaderOptions,
  RawItem,
  RawRecorded,
  Recorded,
  RecordedCounts,
  RecordedItem,
  RecordedOptions,
} from './replay/open.ts'
export { createEventReader, openRaw, openRecorded, recordedAsset } from './replay/open.ts'
export type { Sample, SampleHeader } from './replay/sample.ts'
export { readSample, sampleAsset } from './replay/sample.ts'
export type { RecordedSource } from './replay/source.ts'
export { recordedSources } from './replay/source.ts'
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
export { computerId, plainWindowsLine } from './windows/flat.ts'
