/** Operation on an alert or asset → the tasks of agents that carry it out, or why there is nothing to act on. Changes nothing. */
import type { Alert } from '@rampart/alert'
import type { RefusalCode } from '@rampart/api'
import {
  checkTask,
  type FileChoice,
  type HostResponseName,
  type ProcessChoice,
  type ResponseName,
  type Targets,
  type Task,
} from '@rampart/response'
import type { EventArchive } from '../archive/event-archive.ts'
import { fail, ok, type Result } from '../errors.ts'
import type { IfBlocked } from './ip-rules.ts'
import { familyOf } from './process-family.ts'
import type { NewTask } from './task-store.ts'
import { newId } from './tasks.ts'

export interface ResponseRequest {
  name: ResponseName
  /** Version of the alert that was seen. */
  version: number
  note?: string
  /** Id of the batch that this is part of. */
  batch?: string
  /** Entity ids; all that may be ended when left out. */
  processes?: string[]
  tree?: boolean
  /** Paths; when left out, the programs that ran and may be moved, or else the first file that may. */
  files?: string[]
  address?: string
  direction?: 'in' | 'out' | 'both'
  /** For blocks and isolation; null for no end. */
  minutes?: number | null
  /** Block on every asset. */
  everywhere?: boolean
  /** When a rule in force blocks the address there already. */
  ifBlocked?: IfBlocked
  /** Addresses that an isolated host may talk to. */
  allow?: string[]
}

export interface ResponseRefused {
  code: RefusalCode
  message: string
  conflict?: unknown
}

export interface PlannedResponse {
  title: string
  tasks: NewTask[]
}

interface PlanParts {
  archive: EventArchive
  /** Why an address is never blocked, or null. */
  spare: (address: string) => string | null
  now: () => number
}

const minuteMs = 60_000
export const dayMs = 24 * 60 * minuteMs
const isolateForMs = dayMs
const blockForMs = dayMs

/** How long a block or an isolation lasts; null for no end. */
export const lastsMs = (minutes: number | null | undefined, usualMs: number) =>
  minutes === null ? null : minutes === undefined ? usualMs : minutes * minuteMs
export const blockLastsMs = ({ minutes }: Pick<ResponseRequest, 'minutes'>) => lastsMs(minutes, blockForMs)

/** Tasks of agents; those of a block are made with its rule. */
export async function planResponse(
  alert: Alert,
  request: ResponseRequest,
  targets: Targets,
  { archive, spare, now }: PlanParts,
): Promise<Result<PlannedResponse, ResponseRefused>> {
  const on = alert.asset.name
  const planned = (title: string, ...tasks: NewTask[]) => ok({ title, tasks })
  const task = (one: unknown) => makeTask(alert.asset.id, one as Omit<Task, 'id'>, now())
  const processes = chosen(targets.processes, request.processes, ({ entityId }) => entityId)
  const files = chosen(targets.files, request.files, ({ path }) => path, programsOf)
  const wrong = fail<ResponseRefused>({
    code: 'response.no-such-target',
    message: 'The evidence of this alert does not name that. Reload the alert, then choose again.',
  })
  switch (request.name) {
    case 'kill process': {
      if (processes.length === 0) return wrong
      const tree = request.tree ?? true
      const below = tree ? ` and everything below ${processes.length === 1 ? 'it' : 'them'}` : ''
      return planned(
        `End ${counted(processes.map(said), 'processes')}${below} on ${on}.`,
        ...processes.map((process) =>
          task({ kind: 'kill-process', parameters: { process: plainProcess(process), tree } }),
        ),
      )
    }
    case 'quarantine':
      if (files.length === 0) return wrong
      return planned(
        `Move ${countedFiles(files)} on ${on} into quarantine.`,
        ...files.map((file) =>
          task({ kind: 'quarantine-file', parameters: { file: plainFile(file), entry: newId('qf', now()) } }),
        ),
      )
    case 'virus removal': {
      if (files.length === 0) return wrong
      const { runs, others } = shared(files, processes, request.processes !== undefined)
      return planned(
        `End what runs ${countedFiles(files)} on ${on} and move ${files.length === 1 ? 'it' : 'them'} into quarantine.`,
        ...others.map((process) =>
          task({ kind: 'kill-process', parameters: { process: plainProcess(process), tree: true } }),
        ),
        ...runs.map(({ file, process }) => {
          const parameters = {
            process: process && plainProcess(process),
            file: plainFile(file),
            entry: newId('qf', now()),
          }
          return task({ kind: 'remove-virus', parameters })
        }),
      )
    }
    case 'deep cleanup': {
      const seeds = {
        processes: targets.processes.filter(({ barred }) => barred === null).map(plainProcess),
        // A program of the system that was misused is run by many others, which have nothing to do with it.
        files: targets.files.filter(({ barred, isSystem }) => barred === null && !isSystem).map(plainFile),
        texts: targets.processes.map(({ commandLine }) => commandLine).filter((text) => text !== null),
      }
      const at = { first: alert.firstAt, last: alert.lastAt }
      const family = await familyOf(archive, alert.asset.id, seeds, at, now())
      return planned(
        `Look for everything that belongs to this attack on ${on}; nothing is changed yet.`,
        task({ kind: 'plan-clean-up', parameters: family }),
      )
    }
    case 'block IP': {
      const address = addressOf(targets, request)
      if (!address) return wrong
      const spared = spare(address.address)
      if (spared !== null) return fail({ code: 'address.protected', message: spared })
      return planned(`Block ${address.address} on ${request.everywhere ? 'all assets' : on}.`)
    }
    case 'isolate host':
      return planned(`Cut ${on} off from the network but for its agent.`, isolateTask(alert.asset.id, request, now()))
    case 'troubleshoot':
      return planned(`Have the agent on ${on} check itself.`, task({ kind: 'troubleshoot', parameters: {} }))
  }
}

/** An operation on a whole asset, without an alert. */
export function planOnAsset(
  asset: { id: string; name: string },
  name: HostResponseName | 'upgrade agent' | 'uninstall agent',
  request: Pick<ResponseRequest, 'allow' | 'minutes'>,
  now: number,
): PlannedResponse {
  const { id, name: on } = asset
  const task = (one: Omit<Task, 'id'>, lifeMs?: number) => makeTask(id, one, now, lifeMs)
  switch (name) {
    case 'isolate host':
      return { title: `Cut ${on} off from the network but for its agent.`, tasks: [isolateTask(id, request, now)] }
    case 'release host':
      return {
        title: `Let ${on} back on the network.`,
        tasks: [task({ kind: 'release-host', parameters: {} }, 30 * dayMs)],
      }
    case 'troubleshoot':
      return { title: `Have the agent on ${on} check itself.`, tasks: [task({ kind: 'troubleshoot', parameters: {} })] }
    case 'uninstall agent':
      return { title: `Uninstall the agent of ${on}.`, tasks: [task({ kind: 'uninstall-agent', parameters: {} })] }
    case 'upgrade agent':
      return {
        title: `Upgrade the agent on ${on} to the newest version.`,
        tasks: [task({ kind: 'upgrade-agent', parameters: {} })],
      }
  }
}

/** What an agent found for a deep cleanup, back as a task for it; null when it is not what an agent of ours says. */
export function planPart(assetId: string, part: Record<string, unknown>, now: number): NewTask | null {
  const asked =
    part.kind === 'process'
      ? { kind: 'kill-process', parameters: { process: part.process, tree: false } }
      : part.kind === 'file'
        ? { kind: 'quarantine-file', parameters: { file: part.file, entry: newId('qf', now) } }
        : { kind: 'remove-line', parameters: { path: part.path, line: part.line } }
  const task = checkTask({ id: newId('tk', now), ...asked })
  return task === undefined ? null : ({ ...task, assetId, expiresAt: now + dayMs } as NewTask)
}

/** The address that was asked for, or the first. */
export const addressOf = ({ addresses }: Targets, { address }: Pick<ResponseRequest, 'address'>) =>
  address === undefined ? addresses[0] : addresses.find((one) => one.address === address)

function makeTask(assetId: string, task: Omit<Task, 'id'>, now: number, lifeMs = dayMs): NewTask {
  return { ...task, id: newId('tk', now), assetId, expiresAt: now + lifeMs } as NewTask
}

function isolateTask(
  assetId: string,
  { allow = [], minutes }: Pick<ResponseRequest, 'allow' | 'minutes'>,
  now: number,
): NewTask {
  return makeTask(
    assetId,
    { kind: 'isolate-host', parameters: { allow, expiresInMs: lastsMs(minutes, isolateForMs) } },
    now,
  )
}

/** Those that were asked for, none when one of them may not be acted on; or those that fit when nothing was said. */
function chosen<Choice extends ProcessChoice | FileChoice>(
  choices: readonly Choice[],
  wanted: readonly string[] | undefined,
  key: (choice: Choice) => string,
  fitting: (usable: readonly Choice[]) => readonly Choice[] = (usable) => usable,
): readonly Choice[] {
  const usable = choices.filter(({ barred }) => barred === null)
  if (wanted === undefined) return fitting(usable)
  const found = usable.filter((choice) => wanted.includes(key(choice)))
  return found.length === new Set(wanted).size ? found : []
}

/** Every program or script that ran; of files that were only written, the first: the others may be anybody's. */
function programsOf(files: readonly FileChoice[]): readonly FileChoice[] {
  const ran = files.filter(({ role, isSystem }) => role !== 'file' && !isSystem)
  return ran.length > 0 ? ran : files.slice(0, 1)
}

/** Which process runs which file; the others are ended by themselves when a person chose them. */
function shared(files: readonly FileChoice[], processes: readonly ProcessChoice[], wereChosen: boolean) {
  const isOf =
    ({ path }: FileChoice) =>
    (process: ProcessChoice) =>
      process.executable === path || process.program === path
  const runs = files.map((file) => ({ file, process: processes.find(isOf(file)) ?? null }))
  // The evidence of one file names its process in another way, e.g. as what wrote it.
  const [only] = runs
  if (only && runs.length === 1) only.process ??= processes[0] ?? null
  const taken = runs.map(({ process }) => process)
  // Whatever else runs one of the files is found and ended with it.
  const others = processes.filter(
    (process) => !taken.includes(process) && !files.some(({ path }) => path === process.executable),
  )
  return { runs, others: wereChosen ? others : [] }
}

const said = ({ pid, name }: ProcessChoice) => `process ${pid} (${name ?? '?'})`
const counted = (names: readonly string[], many: string) =>
  names.length === 1
    ? names[0]
    : `${names.length} ${many} (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''})`
const countedFiles = (files: readonly FileChoice[]) =>
  counted(
    files.map(({ path }) => path),
    'files',
  )
const plainProcess = ({ pid, entityId, executable, sha256 }: ProcessChoice) => ({ pid, entityId, executable, sha256 })
const plainFile = ({ path, sha256, inode }: FileChoice) => ({ path, sha256, inode })
