/** A recorded event of our own schema, possibly with parts left out → a valid event. */
import { type Asset, type ParsedEvent, parseEvent, programOf, schemaVersion } from '@rampart/event'

type Row = Record<string, unknown>
const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What stands in for fields that a recording leaves out. */
export interface EventDefaults {
  asset: Asset
  sensor: string
  /** Makes the id of an event that has none: `<asset id>/<sourceId>/<sequence>`. */
  sourceId: string
  sequence: string
  at: number
}

const kinds: Record<string, Asset['kind']> = { 'cloud.called': 'cloud', 'kubernetes.called': 'kubernetes' }

/**
 * Fills `schema`, `id`, `asset`, `sensor`, `at`; `entityId` of processes from their pid; `parent` from `ancestors` and the
 * other way round; name and extension of a file from its path. Then validates; what is present is never changed.
 */
export function completeEvent(row: Row, defaults: EventDefaults): ParsedEvent {
  const kind = kinds[String(row.type)]
  const asset = isRow(row.asset) ? row.asset : kind ? { id: kind, name: kind, kind } : defaults.asset
  const filled: Row = {
    schema: schemaVersion,
    id: `${String(asset.id).slice(0, 128)}/${defaults.sourceId}/${defaults.sequence}`,
    at: defaults.at,
    sensor: defaults.sensor,
    ...row,
    asset,
  }
  if (isRow(row.process)) filled.process = completeProcess(row.process, row.type === 'process.started')
  if (isRow(row.target)) filled.target = withEntityId(row.target)
  if (isRow(row.file) && typeof row.file.path === 'string') filled.file = completeFile(row.file, row.file.path)
  return parseEvent(filled)
}

const withEntityId = (process: Row): Row =>
  typeof process.pid === 'number' && process.entityId === undefined
    ? { ...process, entityId: `recorded-${process.pid}` }
    : process

function completeProcess(process: Row, started: boolean): Row {
  const program = process.program ?? (started ? derivedProgram(process) : undefined)
  const filled = withEntityId(program === undefined ? process : { ...process, program })
  let ancestors: unknown[] | undefined
  if (Array.isArray(process.ancestors)) ancestors = process.ancestors
  else if (isRow(process.parent)) ancestors = [process.parent]
  if (!ancestors) return filled
  ancestors = ancestors.slice(0, 64).map((one) => (isRow(one) ? withEntityId(one) : one))
  const parent = isRow(process.parent) ? withEntityId(process.parent) : ancestors[0]
  return { ...filled, ancestors, ...(parent === undefined ? {} : { parent }) }
}

function derivedProgram({ executable, arguments: args, workingDirectory }: Row): string | undefined {
  if (typeof executable !== 'string') return undefined
  const texts = Array.isArray(args) && args.every((one) => typeof one === 'string') ? args : undefined
  return programOf({
    executable,
    arguments: texts,
    workingDirectory: typeof workingDirectory === 'string' ? workingDirectory : undefined,
  })
}

function completeFile(file: Row, path: string): Row {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 ? name.slice(dot + 1).toLowerCase() : ''
  return {
    ...(name === '' || name.length > 512 ? {} : { name }),
    ...(extension === '' || extension.length > 64 ? {} : { extension }),
    ...file,
  }
}
