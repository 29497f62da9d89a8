/** The host that a received record names → the asset that its event belongs to. */
import { createHash } from 'node:crypto'
import type { Asset } from '@rampart/event'
import { clip } from '../draft.ts'

/** Most other hosts that one agent tells of; what names a further one is counted as lost. */
export const hostsLimit = 500

const unprintable = /[^\x21-\x7e\u00a1-\uffff]/g

/**
 * Assets of other hosts have ids that begin with the agent's own, `<agent>~<digest of the name>`: the server accepts no
 * others from this agent, so that it can never speak for a host that has an agent of its own.
 */
export function createHosts(own: Asset, limit = hostsLimit) {
  const known = new Map<string, Asset>()
  const ownNames = new Set([own.name.toLowerCase(), own.name.toLowerCase().split('.')[0], 'localhost', ''])
  return {
    /** Undefined when there are too many. `sender` stands in for a name that is missing. */
    assetOf(name: string | undefined, sender: string): Asset | undefined {
      const named = name ?? (isOwnAddress(sender) ? '' : sender)
      const text = clip(named.trim().replace(unprintable, '_'), 253)
      const key = text.toLowerCase()
      if (ownNames.has(key)) return own
      const before = known.get(key)
      if (before) return before
      if (known.size >= limit) return undefined
      const digest = createHash('sha256').update(key).digest('hex').slice(0, 16)
      const asset: Asset = { id: `${own.id}~${digest}`, name: text, kind: 'host' }
      known.set(key, asset)
      return asset
    },
  }
}

const isOwnAddress = (address: string) => address === '' || address === '::1' || address.startsWith('127.')
