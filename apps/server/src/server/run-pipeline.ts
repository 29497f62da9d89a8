/** Joins the pipeline to the parts of the server and lets it run. */
import type { Checkpoints } from '../checkpoints.ts'
import { measurePipeline } from '../measure-pipeline.ts'
import { type Pipeline, run } from '../pipeline.ts'
import { StoppedError } from '../storage-guard.ts'
import type { Parts } from './compose.ts'
import type { OpenState } from './open-state.ts'

/** Resolves when the inbox is closed and empty: true, or false when something could not be stored any more. */
export function runPipeline(
  open: OpenState,
  { context, announcer, keeper }: Parts,
  checkpoints: Checkpoints,
): Promise<boolean> {
  const { archive, deadLetters, metrics, policy, stored } = open
  const { detector, guard, inbox, log, notifier, now, response, search, whitelist } = context
  const pipeline: Pipeline = {
    inbox,
    archive: {
      append: async (batches) => {
        await archive.append(batches)
        search.grown()
      },
    },
    detector,
    policy,
    whitelist,
    alerts: stored,
    respond: (events) => response.observe(events),
    announce: (committed) => {
      announcer.announce(committed)
      void response.defendAgain.repeated(committed.defended)
      if (committed.raised.some(({ change }) => change === 'raised')) notifier.look()
      keeper.keep(committed.windows)
    },
    setAside: (arrivals) => deadLetters.setAside(arrivals),
    untilStored: (write) => guard.untilStored(write),
    settled: () => checkpoints.due(),
    now,
  }
  return run(measurePipeline(pipeline, metrics)).then(
    () => true,
    (error) => {
      // Waiting for a full disk while stopping; anything else is a bug, and the supervisor starts anew.
      if (error instanceof StoppedError) return false
      log.fatal({ error }, 'the pipeline ended')
      process.exitCode = 1
      setImmediate(() => {
        throw error
      })
      return false
    },
  )
}
