/** What a thing is searched for across assets, and how it is ordered among its kind. */
import type { InventoryKind } from '@rampart/api'

type Facts = Readonly<Record<string, string | number | boolean>>

/** The package without its architecture, the number of a port, the name of an account … */
export function wordOf(kind: InventoryKind, name: string, facts: Facts): string {
  const text = (fact: string) => (facts[fact] === undefined ? name : String(facts[fact]))
  switch (kind) {
    case 'package':
      return name.replace(/:[^:]*$/, '')
    case 'port':
      return text('port')
    case 'ssh-key':
      return text('fingerprint')
    case 'container':
      return text('image')
    case 'job':
      return text('command').slice(0, 1024)
    default:
      return name
  }
}

export function rankOf(kind: InventoryKind, facts: Facts): number {
  const value = kind === 'port' ? facts.port : kind === 'account' || kind === 'group' ? facts.id : 0
  return typeof value === 'number' && Number.isFinite(value) ? value : 0
}
