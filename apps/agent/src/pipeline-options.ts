/** What the pipeline needs from the agent around it. */
import type { Pipeline } from './pipeline.ts'
import type { AgentPolicy } from './policy.ts'
import type { ResponderOptions } from './response/responder.ts'
import type { SensingOptions } from './sensing/supervise.ts'
import type { DeliverOptions } from './transport/deliver.ts'

export interface PipelineOptions {
  stateDirectory: string
  /** The latest one that was kept. */
  policy: AgentPolicy
  sensing: Pick<SensingOptions, 'settings' | 'nodeFlags' | 'leftBehind' | 'onProcess'>
  delivery: Omit<DeliverOptions, 'spool' | 'spoolId' | 'onPolicy' | 'onInventoryKnown' | 'health' | 'tasks'>
  responding: ResponderOptions
  health(pipeline: Pipeline): ReturnType<DeliverOptions['health']>
  status(pipeline: Pipeline): object
  /** Another version lies ready to be tried. */
  onUpgrade(version: string): void
}
