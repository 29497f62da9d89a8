/** Document roots of the inventory → places to watch, so that what is put into them is seen wherever they lie. */
import { realpath } from 'node:fs/promises'
import type { PathWatch } from '../sensor.ts'
import type { Things } from './things.ts'

const rootsMax = 200
/** Places of the system, and those that hold much else: a root there is a mistake, or somebody's attempt to drown what matters. */
const never =
  /^\/(?:(?:proc|sys|dev|run|boot|usr|s?bin|lib(?:32|64|x32)?|etc|tmp|lost\+found|var\/(?:log|cache|tmp|run|lock))(?:\/|$)|(?:var|var\/lib|home|root|opt|srv|mnt|media|data)\/?$|$)/

/** Where a root is a link, where it leads, too. Never rejects. */
export async function webWatches(roots: Things | undefined): Promise<PathWatch[]> {
  const places = new Set<string>()
  for (const root of Object.keys(roots ?? {}).slice(0, rootsMax))
    for (const path of [root, await realpath(root).catch(() => root)])
      if (!never.test(path) && !/[*\0]/.test(path) && !/(?:^|\/)\.\.?(?:\/|$)/.test(path)) places.add(path)
  return [...places].sort().map((path) => ({ path, report: 'all', privateContent: true }))
}
