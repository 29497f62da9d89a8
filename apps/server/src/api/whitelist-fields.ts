/** An alert and its events → the fields that a whitelist rule can ask for, with their values, the telling ones first. */
import type { Alert } from '@rampart/alert'
import type { Event } from '@rampart/event'

const fieldsMax = 60
const valuesMax = 8
const valueMax = 4096
const depthMax = 5
/** What is different in every event, or the same in all of them. */
const notTelling =
  /(^|\.)(id|at|schema|type|sensor|kind|pid|entityId|startedAt|endedAt|inode|device|size|port|sequence|version)$/i
const first = [
  'entity',
  'sourceAddress',
  'process.commandLine',
  'process.executable',
  'process.parent.executable',
  'process.parent.commandLine',
  'file.path',
  'file.hash.sha256',
  'user.name',
  'process.user.name',
  'destination.address',
  'destination.domain',
  'web.url',
  'web.path',
]

export function whitelistFieldsOf(
  alert: Pick<Alert, 'entity' | 'sourceAddress'>,
  events: readonly Event[],
): { field: string; values: string[] }[] {
  const fields = new Map<string, Set<string>>()
  const add = (field: string, value: string) => {
    if (value === '' || value.length > valueMax) return
    const values = fields.get(field) ?? new Set()
    if (values.size < valuesMax) values.add(value)
    fields.set(field, values)
  }
  add('entity', alert.entity.value)
  if (alert.sourceAddress) add('sourceAddress', alert.sourceAddress)
  for (const event of events) walk(event, '', 0, add)
  const rank = (field: string) => (first.includes(field) ? first.indexOf(field) : first.length)
  return [...fields]
    .sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1))
    .slice(0, fieldsMax)
    .map(([field, values]) => ({ field, values: [...values] }))
}

function walk(value: unknown, path: string, depth: number, add: (field: string, value: string) => void): void {
  if (Array.isArray(value)) {
    for (const item of value.slice(0, 16)) walk(item, path, depth + 1, add)
    return
  }
  if (typeof value === 'object' && value !== null) {
    if (depth >= depthMax) return
    for (const [key, inner] of Object.entries(value)) walk(inner, path ? `${path}.${key}` : key, depth + 1, add)
    return
  }
  if (path === '' || notTelling.test(path)) return
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') add(path, String(value))
}
