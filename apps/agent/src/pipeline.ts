/**
 * The agent's map: sense → spool → deliver → acknowledge. The sensor process sends frames of events; they become
 * numbered batches on disk; these go to the server in order; what it acknowledges is removed.
 */
import { join } from 'node:path'
import { type Batcher, createBatcher } from './batcher.ts'
import { openDoor } from './door.ts'
import { readPolicy, savePolicy } from './policy.ts'
import type { EventFrame } from './sensing/frames.ts'
import { type Sensing, type SensingOptions, superviseSensors } from './sensing/supervise.ts'
import { takeUnsent } from './sensing/unsent.ts'
import { Drops } from './spool/drops.ts'
import { openSpoolId } from './spool/id.ts'
import { Spool } from './spool/spool.ts'
import { type DeliverOptions, type Delivery, deliver } from './transport/deliver.ts'

export interface PipelineOptions {
  stateDirectory: string
  spoolMaxBytes: number
  sensing: Pick<SensingOptions, 'settings' | 'nodeFlags' | 'leftBehind' | 'onProcess'> & {
    policy: Record<string, unknown>
  }
  delivery: Omit<DeliverOptions, 'spool' | 'spoolId' | 'onPolicy' | 'health'>
  health(pipeline: Pipeline): ReturnType<DeliverOptions['health']>
  status(pipeline: Pipeline): object
}
export interface Pipeline {
  drops: Drops
  spool: Spool
  delivery: Delivery
  sensing: Sensing
  batcher: Batcher
  /** Sensors first, then what they left, then goodbye: within three seconds. */
  stop(reason: string): Promise<void>
}

export async function startPipeline(options: PipelineOptions): Promise<Pipeline> {
  const { stateDirectory } = options
  let sensorPolicy = options.sensing.policy

  const drops = new Drops(join(stateDirectory, 'drops.json'))
  const folder = join(stateDirectory, 'spool')
  const spool = new Spool({ folder, maxBytes: options.spoolMaxBytes, drops })

  // spool → server, and the server's acknowledgements → spool
  const delivery = deliver({
    ...options.delivery,
    spool,
    spoolId: openSpoolId(folder),
    health: () => options.health(pipeline),
    onPolicy: (policy) => {
      savePolicy(stateDirectory, policy)
      const { spoolMaxBytes, sensor } = readPolicy(policy)
      spool.resize(spoolMaxBytes)
      const changed = JSON.stringify(sensor) !== JSON.stringify(sensorPolicy)
      sensorPolicy = sensor
      if (changed) sensing.restart()
    },
  })

  // frames → batches → spool
  const batcher = createBatcher(spool, drops, () => delivery.keepsUp, delivery.pump)

  // what an earlier sensor process could not hand over
  const isNew = (frame: EventFrame) => frame.number > spool.frameOf(frame.source)
  const takeNew = (frame: EventFrame) => isNew(frame) && batcher.add(frame, () => {})
  takeUnsent(options.sensing.settings.stateDirectory, takeNew, batcher.flush)

  // sensors → frames
  const sensing = superviseSensors({
    ...options.sensing,
    policy: () => sensorPolicy,
    frameOf: (source) => spool.frameOf(source),
    onFrame: batcher.add,
    onDrops: (types, reason) => drops.addAll(types, reason),
  })
  const door = await openDoor({
    stateDirectory,
    onSensors: sensing.adopt,
    status: () => options.status(pipeline),
  })

  async function stop(reason: string): Promise<void> {
    const hurry = setInterval(batcher.flush, 20)
    await sensing.stop(1_600)
    clearInterval(hurry)
    batcher.flush()
    await delivery.stop(reason, 700)
    door.close()
    spool.close()
  }

  const pipeline: Pipeline = { drops, spool, delivery, sensing, batcher, stop }
  return pipeline
}
