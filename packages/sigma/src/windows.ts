// Windows event records (from EVTX, Sysmon or JSON) for Sigma: their routes, their fields, and the flat form of both.
import type { LogSource } from './document.ts'
import type { Pipeline, RouteCondition } from './pipeline.ts'
import { windowsCategories, windowsServices } from './windows-channels.ts'

const serviceOfChannel = new Map<string, string>()
for (const [service, channels] of Object.entries(windowsServices))
  for (const channel of channels)
    if (!serviceOfChannel.has(channel.toLowerCase())) {
      serviceOfChannel.set(channel.toLowerCase(), service)
      serviceOfChannel.set(channel, service)
    }

/** Event ids that have a route of their own, by service. */
const ownRoutes = new Map<string, Set<number>>()
for (const sources of Object.values(windowsCategories))
  for (const { service, eventIds } of sources) {
    const ids = ownRoutes.get(service) ?? new Set()
    for (const id of eventIds) ids.add(id)
    ownRoutes.set(service, ids)
  }

const otherRoute = 'windows'

const routeNames = new Map<string, Map<number, string>>()
for (const [service, ids] of ownRoutes)
  routeNames.set(service, new Map([...ids].map((id) => [id, `windows/${service}/${id}`])))

/** Route of a service's records, or of one event id that categories name. */
function routeOf(service: string, eventId?: number): string {
  return (eventId === undefined ? undefined : routeNames.get(service)?.get(eventId)) ?? `windows/${service}`
}

function routesOfService(service: string): string[] {
  const ids = [...(ownRoutes.get(service) ?? [])]
  return [`windows/${service}`, ...ids.map((id) => routeOf(service, id))]
}

/** Every route that windowsPipeline knows. */
export const windowsRoutes: readonly string[] = [...new Set(serviceOfChannel.values())]
  .flatMap(routesOfService)
  .concat(otherRoute)

/**
 * The route of a flat Windows record, from its `Channel` (or, without one, its `Provider_Name`) and `EventID`.
 * A record of an unknown channel has the route `windows`.
 */
export function windowsRoute(record: object): string {
  return windowsRouteOf((name) => (record as Record<string, unknown>)[name])
}

/** The same from single fields, for records that are not read as a whole. */
export function windowsRouteOf(read: (field: string) => unknown): string {
  const channel = read('Channel')
  const given = read('EventID')
  const number = typeof given === 'string' ? Number(given) : given
  // an id that is spelled otherwise than rules spell it has no route of its own
  const eventId = typeof number === 'number' && String(number) === String(given) ? number : undefined
  if (typeof channel === 'string') {
    const service = serviceOfChannel.get(channel) ?? serviceOfChannel.get(channel.toLowerCase())
    return service ? routeOf(service, eventId) : otherRoute
  }
  if (channel !== undefined) return otherRoute
  const provider = read('Provider_Name')
  if (provider === 'Microsoft-Windows-Sysmon') return routeOf('sysmon', eventId)
  if (provider === 'Microsoft-Windows-Security-Auditing') return routeOf('security', eventId)
  // Sysmon's own fields tell its records where neither channel nor provider was kept
  const isSysmon = read('UtcTime') !== undefined || read('ProcessGuid') !== undefined
  if (provider !== undefined || eventId === undefined) return otherRoute
  if (isSysmon) return routeOf('sysmon', eventId)
  return eventId >= 4600 && eventId < 6500 ? routeOf('security', eventId) : otherRoute
}

/** Fields that some event ids name otherwise than Sigma does. */
const fieldMappings: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'windows/security/4688': { Image: ['NewProcessName'], ParentImage: ['ParentProcessName'] },
}
const antivirusFields = { Signature: ['ThreatName'], Filename: ['Path'] }

/** Routes and fields of flat Windows records, as SigmaHQ's regression tests expect them. */
export const windowsPipeline: Pipeline = {
  routes(logsource: LogSource): readonly string[] {
    const { product, service, category } = logsource
    if (product !== undefined && product !== 'windows') return []
    if (category !== undefined) {
      // only categories that mean Windows without naming it
      if (product === undefined && category !== 'antivirus') return []
      const sources = windowsCategories[category] ?? []
      const fitting = sources.filter((source) => service === undefined || source.service === service)
      return fitting.flatMap((source) => source.eventIds.map((id) => routeOf(source.service, id)))
    }
    if (product === undefined) return []
    if (service === undefined) return windowsRoutes
    const same = windowsServices[service]?.[0]?.toLowerCase()
    const canonical = same === undefined ? undefined : serviceOfChannel.get(same)
    return canonical === undefined ? [] : routesOfService(canonical)
  },
  field(route: string, name: string): readonly string[] | undefined {
    if (route.startsWith('windows/windefend/')) {
      const mapped = antivirusFields[name as keyof typeof antivirusFields]
      if (mapped) return mapped
    }
    const mappings = fieldMappings[route]
    return mappings && Object.hasOwn(mappings, name) ? mappings[name] : undefined
  },
  known(route: string, field: string): string | undefined {
    return field === 'EventID' ? /^windows\/[^/]+\/(\d+)$/.exec(route)?.[1] : undefined
  },
  condition(logsource: LogSource, route: string): readonly RouteCondition[] | undefined {
    if (logsource.category === undefined) return undefined
    const source = windowsCategories[logsource.category]?.find(({ service, eventIds }) =>
      eventIds.some((id) => routeOf(service, id) === route),
    )
    return source?.eventTypes ? [{ field: 'EventType', values: source.eventTypes }] : undefined
  },
}

type Json = Record<string, unknown>

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The flat record of a Windows event in the nested JSON that EVTX dumpers write (`Event.System`, `Event.EventData`);
 * a record that is flat already is given back as it is. Attributes join their element's name with an underscore
 * (`Provider_Name`, `Execution_ProcessID`); a name with spaces is also given without them.
 */
export function flattenWindowsEvent(value: unknown): Json | undefined {
  if (!isObject(value)) return undefined
  const event = isObject(value.Event) ? value.Event : value
  if (!isObject(event.System)) return value
  const record: Json = {}
  for (const [name, part] of Object.entries(event.System)) put(record, name, part)
  for (const section of [
    'EventData',
    'UserData',
    'RenderingInfo',
    'ProcessingErrorData',
    'DebugData',
    'BinaryEventData',
  ])
    data(record, event[section], 0)
  return record
}

function put(record: Json, name: string, part: unknown): void {
  if (!isObject(part)) {
    set(record, name, part)
    return
  }
  const attributes = isObject(part['#attributes']) ? part['#attributes'] : part
  for (const [attribute, value] of Object.entries(attributes))
    if (attribute !== '#text') set(record, `${name}_${attribute}`, value)
  if ('#text' in part) set(record, name, part['#text'])
}

const maxDepth = 8

function data(record: Json, section: unknown, depth: number): void {
  if (!isObject(section) || depth > maxDepth) return
  for (const [name, value] of Object.entries(section)) {
    if (name === '#attributes') continue
    if (isObject(value)) {
      if ('#text' in value) set(record, name, value['#text'])
      else data(record, value, depth + 1)
    } else set(record, name, value)
  }
}

function set(record: Json, name: string, value: unknown): void {
  if (!Object.hasOwn(record, name)) define(record, name, value)
  const short = name.replaceAll(' ', '')
  if (short !== name && !Object.hasOwn(record, short)) define(record, short, value)
}

function define(record: Json, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true })
  else record[key] = value
}
