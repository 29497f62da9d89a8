/** An alert → Detection Finding (class 2004) of the Open Cybersecurity Schema Framework 1.6.0. */
import type { Alert } from '@rampart/alert'
import type { AlertState, Event, Level } from '@rampart/event'

const severities: Record<Level, [number, string]> = { Urgent: [4, 'High'], Warning: [3, 'Medium'], Notice: [2, 'Low'] }
const statuses: Record<AlertState, [number, string]> = {
  unhandled: [1, 'New'],
  handling: [2, 'In Progress'],
  handled: [4, 'Resolved'],
  'auto-blocked': [4, 'Resolved'],
  ignored: [3, 'Suppressed'],
  whitelisted: [3, 'Suppressed'],
  'false positive': [3, 'Suppressed'],
  expired: [5, 'Archived'],
}
const activities = { create: [1, 'Create'], update: [2, 'Update'], close: [3, 'Close'] } as const
const classUid = 2004

export interface OcsfParts {
  alert: Alert
  /** Newest first. */
  events: readonly Event[]
  description: string
  /** Version of this product. */
  version: string
}

export function toDetectionFinding({ alert, events, description, version }: OcsfParts): Record<string, unknown> {
  const [statusId, status] = statuses[alert.state]
  const [severityId, severity] = severities[alert.level]
  const [activityId, activity] = activities[statusId >= 3 ? 'close' : alert.count > 1 ? 'update' : 'create']
  const attacks = alert.techniques.map((technique) => attackOf(technique))
  return {
    category_uid: 2,
    category_name: 'Findings',
    class_uid: classUid,
    class_name: 'Detection Finding',
    activity_id: activityId,
    activity_name: activity,
    type_uid: classUid * 100 + activityId,
    type_name: `Detection Finding: ${activity}`,
    time: Math.round(alert.firstAt),
    start_time: Math.round(alert.firstAt),
    end_time: Math.round(alert.lastAt),
    severity_id: severityId,
    severity,
    status_id: statusId,
    status,
    is_alert: statusId < 3,
    count: alert.count,
    message: alert.title,
    metadata: {
      version: '1.6.0',
      product: { name: 'Rampart', vendor_name: 'Rampart', version },
      profiles: ['host'],
      uid: alert.id,
    },
    finding_info: {
      uid: alert.id,
      title: alert.title,
      desc: description,
      types: [alert.type],
      analytic: { uid: alert.modelId, name: alert.title, type_id: 1, type: 'Rule' },
      created_time: Math.round(alert.firstAt),
      first_seen_time: Math.round(alert.firstAt),
      last_seen_time: Math.round(alert.lastAt),
      ...(attacks.length > 0 && { attacks }),
    },
    device: {
      uid: alert.asset.id,
      name: alert.asset.name,
      hostname: alert.asset.name,
      type_id: alert.asset.kind === 'host' ? 1 : 99,
      type: alert.asset.kind === 'host' ? 'Server' : alert.asset.kind,
      ...(alert.asset.addresses[0] !== undefined && { ip: alert.asset.addresses[0] }),
    },
    ...(events.length > 0 && { evidences: events.map(evidenceOf) }),
    unmapped: { stages: alert.stages, entity: alert.entity, assignee: alert.assignee },
  }
}

const attackOf = (technique: string) => {
  const [main = technique] = technique.split('.')
  return {
    version: '16.1',
    technique: { uid: main },
    ...(main !== technique && { sub_technique: { uid: technique } }),
  }
}

/** What OCSF has objects for; the rest of the event lies in `data`. */
function evidenceOf(event: Event): Record<string, unknown> {
  const { process, user } = event
  const source = 'source' in event && typeof event.source === 'object' ? event.source : undefined
  const destination = 'destination' in event ? event.destination : undefined
  const file = 'file' in event ? event.file : undefined
  const question = 'question' in event ? event.question : undefined
  return {
    uid: event.id,
    name: event.type,
    ...(process && { process: processOf(process) }),
    ...(user && { user: userOf(user) }),
    ...(source && { src_endpoint: endpointOf(source) }),
    ...(destination && { dst_endpoint: endpointOf(destination) }),
    ...(file && { file: fileOf(file.path, file.name) }),
    ...(question && { query: { hostname: question.name, type: question.type } }),
    data: event,
  }
}

function processOf(process: NonNullable<Event['process']>): Record<string, unknown> {
  const { pid, entityId, name, commandLine, executable, user, parent } = process
  return {
    pid,
    uid: entityId,
    ...(name !== undefined && { name }),
    ...(commandLine !== undefined && { cmd_line: commandLine }),
    ...(executable !== undefined && { file: fileOf(executable) }),
    ...(user && { user: userOf(user) }),
    ...(parent && { parent_process: { pid: parent.pid, uid: parent.entityId } }),
  }
}

/** The schema wants a name: of a folder its last part, of `/` the path. */
const fileOf = (path: string, name?: string) => ({
  name: name || path.split('/').findLast((part) => part !== '') || path,
  path,
  type_id: 1,
})

const userOf = ({ id, name }: NonNullable<Event['user']>) => ({
  ...(name !== undefined && { name }),
  uid: String(id ?? name ?? 'unknown'),
})

const endpointOf = ({ address, port, domain }: { address?: string; port?: number; domain?: string }) => ({
  ...(address !== undefined && { ip: address }),
  ...(port !== undefined && { port }),
  ...(domain !== undefined && { hostname: domain }),
})
