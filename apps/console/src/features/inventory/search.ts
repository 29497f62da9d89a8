/** What the page that searches all servers is asked, as it stands in its address. */
import type { InventoryKind } from '../../parts/inventory/views.ts'

export const searchedKinds = [
  'package',
  'port',
  'account',
  'ssh-key',
  'unit',
  'module',
  'web-server',
  'web-root',
  'container',
  'image',
  'privileged-file',
] as const satisfies readonly InventoryKind[]
export type SearchedKind = (typeof searchedKinds)[number]

export const versionTests = ['is', 'below', 'at least'] as const
export type VersionTest = (typeof versionTests)[number]

export interface InventorySearch {
  kind?: SearchedKind
  name?: string
  version?: string
  test?: VersionTest
}

export function readInventorySearch(search: Record<string, unknown>): InventorySearch {
  const read: InventorySearch = {}
  const kind = searchedKinds.find((one) => one === search.kind)
  if (kind) read.kind = kind
  // A number in the address, as that of a port, comes as one.
  const text = (value: unknown, most: number) => String(value).trim().slice(0, most)
  if (typeof search.name === 'string' || typeof search.name === 'number') read.name = text(search.name, 256)
  if (typeof search.version === 'string' || typeof search.version === 'number') read.version = text(search.version, 128)
  const test = versionTests.find((one) => one === search.test)
  if (test) read.test = test
  return read
}
