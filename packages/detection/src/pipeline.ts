/** Events on their way into the Sigma engine: which route an event takes, which routes a log source has, where a field lies. */
import type { Event, EventType } from '@rampart/event'
import { eventTypes } from '@rampart/event/event-types'
import { type Pipeline, windowsPipeline, windowsRoute } from '@rampart/sigma'
import { hasForeignFields, hasPath } from './event-paths.ts'
import { type EventFeed, type LogSource, type LogSourceMatch, logServices, logSources } from './log-sources.ts'

const logRoutes = new Set<string>(logServices)
const clouds = ['aws', 'alibaba', 'azure', 'gcp'] as const

/** The one route an event takes: its type, and for logs and clouds the service or provider after a colon. */
export function routeOf(event: Event): string {
  if (event.type === 'log.recorded') return logRoute(event.log.service)
  if (event.type === 'windows.recorded') return windowsRoute(event.fields)
  return event.type === 'cloud.called' ? `cloud.called:${event.provider}` : event.type
}

/** The route of log lines of a service. */
export function logRoute(name: string): string {
  const service = name.toLowerCase()
  return logRoutes.has(service) ? `log.recorded:${service}` : 'log.recorded'
}

/** The object in which rules look fields up: the flat record of Windows, otherwise the event itself. */
export function recordOf(event: Event): object {
  return event.type === 'windows.recorded' ? event.fields : event
}

/** All routes of a feed: a whole type has the routes of all its parts. */
function routesOfFeed(feed: EventFeed): string[] {
  if (feed === 'log.recorded') return ['log.recorded', ...logServices.map((service) => `log.recorded:${service}`)]
  if (feed === 'cloud.called') return clouds.map((cloud) => `cloud.called:${cloud}`)
  return [feed]
}

const isWindows = (route: string) => route.startsWith('windows')

/**
 * Routes of a Sigma log source, empty when nothing here feeds it. Windows log sources have the routes of `@rampart/sigma`.
 * `product: rampart, category: <event type>` reaches any event type.
 */
export function routesOf(source: LogSourceMatch): string[] {
  const { product, category } = source
  if (product === 'rampart')
    return eventTypes.includes(category as EventType) ? routesOfFeed(category as EventType) : []
  const windows = windowsPipeline.routes(source)
  if (product === 'windows') return [...windows]
  const fits = logSources.filter((row) => agrees(row, source))
  const best = Math.max(...fits.map((row) => rank(row.match)))
  const rows = fits.filter((row) => rank(row.match) === best)
  return [...new Set([...rows.flatMap((row) => row.events.flatMap(routesOfFeed)), ...windows])]
}

function agrees({ match, exact }: LogSource, rule: LogSourceMatch): boolean {
  if (rule.product === undefined && rule.category === undefined && rule.service === undefined) return false
  if (exact && (rule.category !== undefined || rule.service !== undefined)) return false
  return (
    (match.product === undefined || rule.product === undefined || match.product === rule.product) &&
    (match.category === undefined || match.category === rule.category) &&
    (match.service === undefined || match.service === rule.service) &&
    (match.product === undefined ||
      rule.product !== undefined ||
      match.category !== undefined ||
      match.service !== undefined)
  )
}

function rank(match: LogSourceMatch): number {
  return (match.product ? 4 : 0) + (match.category ? 2 : 0) + (match.service ? 2 : 0)
}

/** Event types that the routes stand for. */
export function eventTypesOf(routes: readonly string[]): EventType[] {
  return [...new Set(routes.map(typeOfRoute))]
}

function typeOfRoute(route: string): EventType {
  return isWindows(route) ? 'windows.recorded' : (route.split(':')[0] as EventType)
}

const fieldsOfRoute = new Map<string, Map<string, string>>()
for (const row of logSources)
  for (const route of row.events.flatMap(routesOfFeed)) {
    const fields = fieldsOfRoute.get(route) ?? new Map<string, string>()
    fieldsOfRoute.set(route, fields)
    for (const [name, path] of Object.entries(row.fields)) if (!fields.has(name)) fields.set(name, path)
  }

/**
 * Where the field of a rule lies in the events of a route, or undefined when nothing there can have the name.
 * In this order: a path of the event schema, a Sigma name of the table, a name of the foreign record under `fields`.
 * On events with a foreign record a name without a dot means that record, except `message` (auditd's `type` is not the event's).
 */
export function fieldPath(route: string, name: string): string | undefined {
  const type = typeOfRoute(route)
  const foreign = hasForeignFields(type)
  if ((name.includes('.') || !foreign || name === 'message') && hasPath(type, name)) return name
  const mapped = fieldsOfRoute.get(route)?.get(name)
  if (mapped !== undefined && hasPath(type, mapped)) return mapped
  return foreign ? `fields.${name}` : undefined
}

/** What the Sigma engine asks about our events. */
export const eventPipeline: Pipeline = {
  routes: routesOf,
  field(route, name) {
    if (isWindows(route)) return windowsPipeline.field(route, name)
    const path = fieldPath(route, name)
    return path === undefined ? undefined : [path]
  },
  known: (route, field) => (isWindows(route) ? windowsPipeline.known?.(route, field) : undefined),
  condition: (source, route) => (isWindows(route) ? windowsPipeline.condition?.(source, route) : undefined),
}
