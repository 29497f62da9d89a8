/** The agent leaves its host: what it blocked is let go first, then something outside of it removes it and tells how that ended. */
import { setTimeout as wait } from 'node:timers/promises'
import { failed, refused } from '../outcome.ts'
import type { TaskOutcome } from '../task.ts'
import { liftFirewall } from './firewall.ts'
import type { ExecutionHost } from './host.ts'

/** The reason is one that a person sees to, and nothing was changed. */
const refusals: readonly string[] = ['uninstall.no-package', 'uninstall.upgrade-under-way']
/** Longer than the removal takes to end this process. */
const endsWithinMs = 300_000

export async function uninstallAgent(_parameters: unknown, host: ExecutionHost): Promise<TaskOutcome> {
  if (host.uninstall === undefined) return refused('uninstall.no-package', 'This agent cannot remove itself.')
  // Nobody would look after the blocks any more.
  const begun = await host.uninstall(() => liftFirewall(host.directory))
  if (!begun.ok) return (refusals.includes(begun.code) ? refused : failed)(begun.code, begun.message)
  await wait(endsWithinMs)
  return failed('uninstall.not-removed', 'The removal was begun, and the agent still runs after five minutes.')
}
