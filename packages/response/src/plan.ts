/** Alert and state of its asset → which operations fit, with the reason where one does not. A table, pure; the agent checks again when it acts. */
import type { AlertState, AssetKind } from '@rampart/event'
import type { FileChoice, ProcessChoice, Targets } from './targets.ts'
import type { TaskKind } from './task.ts'

/** Operations that agents carry out. */
export const responseNames = [
  'virus removal',
  'quarantine',
  'kill process',
  'deep cleanup',
  'block IP',
  'isolate host',
  'troubleshoot',
] as const
export type ResponseName = (typeof responseNames)[number]

/** Editions from the least to the most. */
const editions = ['Basic', 'Anti-virus', 'Advanced', 'Enterprise'] as const
export type EditionName = (typeof editions)[number]

export interface Circumstances {
  state: AlertState
  assetKind: AssetKind
  edition: EditionName
  /** What is known of its agent. */
  agent: 'online' | 'away' | 'none'
  isIsolated: boolean
  /** An operation for this alert is under way. */
  isBusy: boolean
  /** Why an address is never blocked, or null. */
  spare: (address: string) => string | null
}

export interface ResponseOffer {
  name: ResponseName
  offered: boolean
  /** Why it is not. */
  reason: string | null
  /** Worth knowing before, e.g. that the agent is away. */
  warning: string | null
  /** The task it becomes. */
  kind: TaskKind
}

interface Terms {
  kind: TaskKind
  edition: EditionName
  /** Why the evidence gives it nothing to act on, or null. */
  missing: (targets: Targets, circumstances: Circumstances) => string | null
}

const usable = <Choice extends ProcessChoice | FileChoice>(choices: readonly Choice[], none: string): string | null => {
  const [first] = choices
  if (first === undefined) return none
  return choices.some(({ barred }) => barred === null) ? null : first.barred
}
const noFile = 'The evidence names no file.'
const noProcess = 'The evidence names no process that the agent could recognise.'

const terms: Record<ResponseName, Terms> = {
  'virus removal': {
    kind: 'remove-virus',
    edition: 'Anti-virus',
    missing: ({ files, processes }) => (processes.length === 0 ? noProcess : usable(files, noFile)),
  },
  quarantine: { kind: 'quarantine-file', edition: 'Anti-virus', missing: ({ files }) => usable(files, noFile) },
  'kill process': {
    kind: 'kill-process',
    edition: 'Anti-virus',
    missing: ({ processes }) => usable(processes, noProcess),
  },
  'deep cleanup': {
    kind: 'plan-clean-up',
    edition: 'Advanced',
    missing: ({ files, processes }) =>
      files.length + processes.length === 0 ? 'The evidence names no process and no file to start from.' : null,
  },
  'block IP': {
    kind: 'block-address',
    edition: 'Advanced',
    missing: ({ addresses }, { spare }) => {
      const [first] = addresses
      if (first === undefined) return 'The evidence names no address.'
      return addresses.some(({ address }) => spare(address) === null) ? null : spare(first.address)
    },
  },
  'isolate host': {
    kind: 'isolate-host',
    edition: 'Advanced',
    missing: (_targets, { isIsolated }) => (isIsolated ? 'The host is isolated already.' : null),
  },
  troubleshoot: { kind: 'troubleshoot', edition: 'Basic', missing: () => null },
}

/** All operations with whether they fit. */
export function offeredResponses(targets: Targets, circumstances: Circumstances): ResponseOffer[] {
  return responseNames.map((name) => {
    const reason = reasonAgainst(name, targets, circumstances)
    const warning = reason === null ? warningOf(circumstances) : null
    return { name, offered: reason === null, reason, warning, kind: terms[name].kind }
  })
}

/** Operations on a host as a whole, without an alert. */
export const hostResponseNames = ['isolate host', 'release host', 'troubleshoot'] as const
export type HostResponseName = (typeof hostResponseNames)[number]

export interface HostCircumstances extends Pick<Circumstances, 'assetKind' | 'edition' | 'agent' | 'isIsolated'> {
  /** It is being isolated or let back at this moment. */
  isChanging: boolean
}

export function offeredHostResponses(
  circumstances: HostCircumstances,
): (Omit<ResponseOffer, 'name' | 'kind'> & { name: HostResponseName })[] {
  return hostResponseNames.map((name) => {
    const reason = reasonAgainstHost(name, circumstances)
    const warning = reason === null && name !== 'release host' ? warningOf(circumstances) : null
    return { name, offered: reason === null, reason, warning }
  })
}

function reasonAgainstHost(
  name: HostResponseName,
  { assetKind, edition, agent, isIsolated, isChanging }: HostCircumstances,
): string | null {
  if (agent === 'none' || assetKind !== 'host') return noAgent
  if (name === 'troubleshoot') return null
  if (isChanging) return 'The host is being isolated or let back at this moment.'
  // A host that is cut off can always be let back, whatever its edition became.
  if (name === 'release host') return isIsolated ? null : 'The host is not isolated.'
  if (isIsolated) return 'The host is isolated already.'
  return editionReason(edition, terms['isolate host'].edition)
}

const noAgent = 'No agent runs on this asset, so nothing can be done there from here.'
const editionReason = (has: EditionName, least: EditionName) =>
  editions.indexOf(has) < editions.indexOf(least) ? `This needs the edition ${least} for the asset.` : null
const warningOf = ({ agent }: Pick<Circumstances, 'agent'>) =>
  agent === 'away' ? 'The agent is away: it happens when the agent is back, unless that takes longer than a day.' : null

function reasonAgainst(name: ResponseName, targets: Targets, circumstances: Circumstances): string | null {
  const { state, assetKind, edition, agent, isBusy } = circumstances
  const { missing, edition: least } = terms[name]
  if (agent === 'none' || (assetKind !== 'host' && assetKind !== 'container')) return noAgent
  const tooLow = editionReason(edition, least)
  if (tooLow !== null) return tooLow
  if (name !== 'troubleshoot') {
    if (isBusy) return 'An operation for this alert is under way.'
    if (state === 'whitelisted' || state === 'false positive' || state === 'expired')
      return `An alert that is ${state} has to be reopened first.`
  }
  return missing(targets, circumstances)
}
