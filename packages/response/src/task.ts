/**
 * What an agent can be told to do: a closed set of kinds, each with its parameters. Checked by hand on the agent, which
 * has no room for zod; the schema of packages/api accepts exactly the same, and a test holds the two together.
 */

/** A process as the sensor saw it. The agent acts only on this very process. */
export interface ProcessTarget {
  pid: number
  /** `<boot>-<pid>-<start in ns since boot>`, as in events. */
  entityId: string
  /** Path of the program at the time of the event. */
  executable: string | null
  sha256: string | null
}

/** A file as the sensor saw it. Null means that it is not known and not compared. */
export interface FileTarget {
  path: string
  sha256: string | null
  inode: number | null
}

export const directions = ['in', 'out', 'both'] as const
export type Direction = (typeof directions)[number]

export interface TaskParameters {
  /** Ends a process, with `tree` all below it too. */
  'kill-process': { process: ProcessTarget; tree: boolean }
  /** Moves a file into the vault as `entry`. */
  'quarantine-file': { file: FileTarget; entry: string }
  /** Ends what runs the file, moves the file into the vault, and looks again. */
  'remove-virus': { process: ProcessTarget | null; file: FileTarget; entry: string }
  /** Puts a file back. `path`: another place than its own. `acceptPlace`: also where the folder changed since. */
  'restore-file': { entry: string; ifInTheWay: 'refuse' | 'replace'; path: string | null; acceptPlace: boolean }
  /** Destroys what the vault holds of an entry. */
  'delete-quarantined': { entry: string }
  /** Sends the entry as a zip with the password `infected`. */
  'fetch-quarantined': { entry: string }
  /** Looks for what belongs to a malicious process or file, and changes nothing. */
  'plan-clean-up': { processes: ProcessTarget[]; files: FileTarget[]; texts: string[] }
  /** Takes one line out of a file. `line` is compared exactly. */
  'remove-line': { path: string; line: string }
  /**
   * Puts a line back that `remove-line` took out: at index `at` behind `after`, at the top when that is null. Nothing is to be
   * done when the file has more than `copies` of it.
   */
  'insert-line': { path: string; line: string; after: string | null; at: number; copies: number }
  /** `expiresInMs` null: until it is taken back. */
  'block-address': { rule: string; address: string; direction: Direction; expiresInMs: number | null }
  'unblock-address': { rule: string }
  /** Cuts the host off, but for its agent's connection, loopback, DHCP and the allowed addresses. */
  'isolate-host': { allow: string[]; expiresInMs: number | null }
  'release-host': Record<string, never>
  /** The agent looks at itself and reports. */
  troubleshoot: Record<string, never>
  /** The agent takes the newest signed package of its server and goes back when that does not prove itself. */
  'upgrade-agent': Record<string, never>
  /** The agent lifts its blocks, then removes itself. Its end is told by what removes it, with the agent's certificate. */
  'uninstall-agent': Record<string, never>
}
export type TaskKind = keyof TaskParameters

export type Task = {
  [Kind in TaskKind]: { id: string; kind: Kind; parameters: TaskParameters[Kind] }
}[TaskKind]
export type TaskOf<Kind extends TaskKind> = Extract<Task, { kind: Kind }>

/** States that an agent reports. The last three are final. */
export const reportedStates = ['running', 'done', 'failed', 'refused'] as const
export type ReportedState = (typeof reportedStates)[number]

/** What became of a task: a permanent code, one sentence, and what is worth keeping. */
export interface TaskOutcome {
  state: Exclude<ReportedState, 'running'>
  code: string
  message: string
  details?: Record<string, unknown>
}

type Check<Value> = (value: unknown) => Value | undefined
type Shape = Record<string, Check<unknown>>

export const idPattern = /^[A-Za-z0-9-]{1,64}$/
export const sha256Pattern = /^[0-9a-f]{64}$/
export const pathLimit = 4096
export const lineLimit = 8192
export const listLimit = 256
/** Longest time a block or an isolation may be given, ms: ten years. */
export const longestMs = 10 * 366 * 24 * 3_600_000

const text =
  (limit: number): Check<string> =>
  (value) =>
    typeof value === 'string' && value.length <= limit ? value : undefined
const id: Check<string> = (value) => (typeof value === 'string' && idPattern.test(value) ? value : undefined)
const path: Check<string> = (value) =>
  typeof value === 'string' && value.length <= pathLimit && value.startsWith('/') && !value.includes('\0')
    ? value
    : undefined
const sha256: Check<string> = (value) => (typeof value === 'string' && sha256Pattern.test(value) ? value : undefined)
const count =
  (least: number, most: number): Check<number> =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most
      ? (value as number)
      : undefined
const flag: Check<boolean> = (value) => (typeof value === 'boolean' ? value : undefined)
const oneOf =
  <Value extends string>(values: readonly Value[]): Check<Value> =>
  (value) =>
    values.find((one) => one === value)
const orNull =
  <Value>(check: Check<Value>): Check<Value | null> =>
  (value) =>
    value === null ? null : check(value)
const listOf =
  <Value>(check: Check<Value>, limit: number): Check<Value[]> =>
  (value) => {
    if (!Array.isArray(value) || value.length > limit) return undefined
    const checked = value.map(check)
    return checked.includes(undefined) ? undefined : (checked as Value[])
  }
/** Keys that the shape does not name are left out. */
const object =
  <Value>(shape: Shape): Check<Value> =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const checked: Record<string, unknown> = {}
    for (const [key, check] of Object.entries(shape)) {
      const one = check((value as Record<string, unknown>)[key])
      if (one === undefined) return undefined
      checked[key] = one
    }
    return checked as Value
  }

const processTarget = object<ProcessTarget>({
  pid: count(1, 2 ** 31),
  entityId: text(128),
  executable: orNull(text(8192)),
  sha256: orNull(sha256),
})
const fileTarget = object<FileTarget>({
  path,
  sha256: orNull(sha256),
  inode: orNull(count(0, Number.MAX_SAFE_INTEGER)),
})
const expiry = orNull(count(1000, longestMs))
const address = text(64)

/** More than a file that is edited by line can have. */
const linesMax = 2 ** 23

const parameters: { [Kind in TaskKind]: Check<TaskParameters[Kind]> } = {
  'kill-process': object({ process: processTarget, tree: flag }),
  'quarantine-file': object({ file: fileTarget, entry: id }),
  'remove-virus': object({ process: orNull(processTarget), file: fileTarget, entry: id }),
  'restore-file': object({
    entry: id,
    ifInTheWay: oneOf(['refuse', 'replace']),
    path: orNull(path),
    acceptPlace: flag,
  }),
  'delete-quarantined': object({ entry: id }),
  'fetch-quarantined': object({ entry: id }),
  'plan-clean-up': object({
    processes: listOf(processTarget, listLimit),
    files: listOf(fileTarget, listLimit),
    texts: listOf(text(lineLimit), listLimit),
  }),
  'remove-line': object({ path, line: text(lineLimit) }),
  'insert-line': object({
    path,
    line: text(lineLimit),
    after: orNull(text(lineLimit)),
    at: count(0, linesMax),
    copies: count(0, linesMax),
  }),
  'block-address': object({ rule: id, address, direction: oneOf(directions), expiresInMs: expiry }),
  'unblock-address': object({ rule: id }),
  'isolate-host': object({ allow: listOf(address, 64), expiresInMs: expiry }),
  'release-host': object({}),
  troubleshoot: object({}),
  'upgrade-agent': object({}),
  'uninstall-agent': object({}),
}

export const taskKinds = Object.keys(parameters) as TaskKind[]

/** A task whose every field is as it should be, or undefined. Never throws. */
export function checkTask(value: { id?: unknown; kind?: unknown; parameters?: unknown }): Task | undefined {
  const taskId = id(value.id)
  const kind = taskKinds.find((one) => one === value.kind)
  if (taskId === undefined || kind === undefined) return undefined
  const checked = parameters[kind](value.parameters)
  return checked === undefined ? undefined : ({ id: taskId, kind, parameters: checked } as Task)
}
