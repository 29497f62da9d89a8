/**
 * The agent's map: sense → spool → deliver → acknowledge, and task → do → result. Frames of events of the sensor process
 * become numbered batches on disk; these go to the server in order; what it acknowledges is removed.
 */
import { join } from 'node:path'
import { type Batcher, createBatcher } from './batcher.ts'
import { openDoor } from './door.ts'
import type { PipelineOptions } from './pipeline-options.ts'
import { keepPolicy } from './policy.ts'
import { createResponder, type Responder } from './response/responder.ts'
import type { EventFrame } from './sensing/frames.ts'
import { type Sensing, superviseSensors } from './sensing/supervise.ts'
import { takeUnsent } from './sensing/unsent.ts'
import { Drops } from './spool/drops.ts'
import { openSpoolId } from './spool/id.ts'
import { Spool } from './spool/spool.ts'
import { type Delivery, deliver } from './transport/deliver.ts'

export interface Pipeline {
  drops: Drops
  spool: Spool
  delivery: Delivery
  sensing: Sensing
  batcher: Batcher
  responder: Responder
  /** Sensors first, then what they left, then goodbye: within three seconds. */
  stop(reason: string): Promise<void>
}

export async function startPipeline(options: PipelineOptions): Promise<Pipeline> {
  const { stateDirectory } = options
  const folder = join(stateDirectory, 'spool')
  const drops = new Drops(join(stateDirectory, 'drops.json'))
  const spool = new Spool({ folder, maxBytes: options.policy.spoolMaxBytes, drops })

  const policy = keepPolicy(stateDirectory, options.policy, (change) => {
    spool.resize(policy.now.spoolMaxBytes)
    if (change.sensor) sensing.applyPolicy()
    responder.contextChanged()
  })

  // tasks → responder process → results
  const responder = createResponder(
    // Tasks that an earlier agent left start a responder at once, before there are sensors to tell.
    { ...options.responding, onHelper: (pid) => setImmediate(() => sensing.helper(pid)) },
    () => policy.now.response,
    (message) => delivery.send(message),
  )

  // spool → server, and the server's acknowledgements → spool
  const delivery = deliver({
    ...options.delivery,
    spool,
    spoolId: openSpoolId(folder),
    health: () => options.health(pipeline),
    tasks: responder,
    onPolicy: policy.take,
    onInventoryKnown: (known) => sensing.inventoryKnown(known?.digests ?? null, known?.about),
  })

  // frames → batches → spool
  const batcher = createBatcher(spool, drops, () => delivery.keepsUp, delivery.pump)

  // what an earlier sensor process could not hand over
  const takeNew = (frame: EventFrame) => frame.number > spool.frameOf(frame.source) && batcher.add(frame, () => {})
  takeUnsent(options.sensing.settings.stateDirectory, takeNew, batcher.flush)

  // sensors → frames
  const sensing = superviseSensors({
    ...options.sensing,
    policy: () => policy.now.sensor,
    frameOf: (source) => spool.frameOf(source),
    onFrame: batcher.add,
    onDrops: (types, reason) => drops.addAll(types, reason),
    onInventory: (part) => void delivery.send(part),
  })
  const door = await openDoor({
    stateDirectory,
    onSensors: sensing.adopt,
    status: () => options.status(pipeline),
    onUpgrade: options.onUpgrade,
  })

  async function stop(reason: string): Promise<void> {
    const hurry = setInterval(batcher.flush, 20)
    await sensing.stop(1_600)
    clearInterval(hurry)
    batcher.flush()
    await delivery.stop(reason, 700)
    responder.stop()
    door.close()
    spool.close()
  }

  const pipeline: Pipeline = { drops, spool, delivery, sensing, batcher, responder, stop }
  return pipeline
}
