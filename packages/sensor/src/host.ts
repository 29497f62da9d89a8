/** The sensors of a running host by themselves, without the readers of recorded input: what an agent loads. */

export { createInventorySensor } from './inventory/sensor.ts'
export { startKernelSensors } from './kernel/start.ts'
export type { HostSensors } from './ladder/start.ts'
export { startHostSensors } from './ladder/start.ts'
export { createLogSensor } from './log/sensor.ts'
export type { LogSource } from './log/source.ts'
export { defaultLogSources, fileKinds, readLogSources } from './log/source.ts'
export { defaultSensorPolicy } from './policy.ts'
export { createReceiveSensor } from './receive/sensor.ts'
export type { ReceiverKind, ReceiverSettings } from './receive/settings.ts'
export { readReceivers, receiverKinds } from './receive/settings.ts'
export type { Sensor, SensorContext, SensorHealth, SensorPolicy, SensorSource, SensorState } from './sensor.ts'
