/** The agent takes the newest package of its server: signed, on trial, with the way back when it does not prove itself. */
import { done, failed, refused } from '../outcome.ts'
import type { TaskOutcome } from '../task.ts'
import type { ExecutionHost } from './host.ts'

/** Nothing of the running version was touched yet: the reason is one that a person sees to. */
const refusals: readonly string[] = ['upgrade.no-package', 'upgrade.no-key', 'upgrade.older', 'upgrade.under-way']

export async function upgradeAgent(_parameters: unknown, host: ExecutionHost): Promise<TaskOutcome> {
  if (host.upgrade === undefined)
    return refused('upgrade.no-package', 'This agent cannot change its own version from here.')
  const upgraded = await host.upgrade()
  if (!upgraded.ok) return (refusals.includes(upgraded.code) ? refused : failed)(upgraded.code, upgraded.message)
  const { version, before } = upgraded
  return version === before
    ? done('upgrade.same', `The newest version, ${version}, runs already.`, { version })
    : done('upgrade.done', `Version ${version} runs and has proved itself; it was ${before}.`, { version, before })
}
