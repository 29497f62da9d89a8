/** Alerts of one attack as one thing: how it is named, how serious it is, what came when. Pure. */
import { type AssetKind, type Level, levels, type Stage, stages } from '@rampart/event'
import type { Alert, AssetIdentity } from './alert.ts'

export type IncidentState = 'open' | 'closed'

export interface Incident {
  id: string
  title: string
  headline: Headline
  level: Level
  state: IncidentState
  stages: Stage[]
  assets: { id: string; name: string; kind: AssetKind }[]
  alertCount: number
  /** Alerts of it that nobody has handled yet. */
  openCount: number
  firstAt: number
  lastAt: number
  createdAt: number
  assignee: string | null
  noteCount: number
  /** Alerts that belong to it and were left out because it is full. */
  leftOut: number
  /** Rises by one with every change. */
  version: number
}

/** The parts of a title, for other languages. */
export interface Headline {
  /** Title of the alert that weighs most. */
  lead: string
  /** Title of the alert with which it began, when that is another one. */
  start: string | null
  address: string | null
  asset: string
  otherAssets: number
}

export interface IncidentNote {
  id: string
  at: number
  actor: string
  operation: string
  note: string | null
  /** When its author wrote the note anew or took it away. */
  editedAt: number | null
}

/** Most alerts of one incident. */
export const incidentAlertsMax = 500

/** What an incident is computed from. */
export type Member = Pick<
  Alert,
  'id' | 'title' | 'level' | 'state' | 'stages' | 'firstAt' | 'lastAt' | 'sourceAddress'
> & { asset: Pick<AssetIdentity, 'id' | 'name' | 'kind'> }

/** Members that count for level and title: those that people called false are left out, unless they are all there is. */
export function weighed<M extends Pick<Member, 'state'>>(members: readonly M[]): readonly M[] {
  const real = members.filter(({ state }) => state !== 'false positive' && state !== 'whitelisted')
  return real.length > 0 ? real : members
}

/** The highest level of the members. */
export function levelOfAll(members: readonly Pick<Member, 'level'>[]): Level {
  return levels.find((level) => members.some((member) => member.level === level)) ?? 'Notice'
}

/** Stages of the members, in the order of an attack. */
export function stagesOfAll(members: readonly Pick<Member, 'stages'>[]): Stage[] {
  return stages.filter((stage) => members.some((member) => member.stages.includes(stage)))
}

const stageOf = (member: Member) => Math.max(-1, ...member.stages.map((stage) => stages.indexOf(stage)))
const early = (one: Member, other: Member) => one.firstAt - other.firstAt || (one.id < other.id ? -1 : 1)

/** The parts of the title of an incident, the same for every order in which its alerts came. */
export function headlineOf(members: readonly Member[]): Headline {
  const weight = (member: Member) => (levels.length - levels.indexOf(member.level)) * 16 + stageOf(member)
  const byTime = [...members].sort(early)
  const lead = [...byTime].sort((one, other) => weight(other) - weight(one))[0]
  const start = byTime.find((member) => member.level !== 'Notice') ?? byTime[0]
  const assets = [...new Map(byTime.map(({ asset }) => [asset.id, asset.name])).values()]
  return {
    lead: lead?.title ?? '',
    start: start && lead && start.title !== lead.title ? start.title : null,
    address: byTime.find(({ sourceAddress }) => sourceAddress !== null)?.sourceAddress ?? null,
    asset: assets[0] ?? '',
    otherAssets: Math.max(0, assets.length - 1),
  }
}

/** e.g. `Reverse shell after SSH password guessing from 192.0.2.7 on web-1`. */
export function titleOf({ lead, start, address, asset, otherAssets }: Headline): string {
  const began = start ? ` after ${lowerFirst(withoutSource(start))}` : ''
  const from = address ? ` from ${address}` : ''
  const others = otherAssets > 0 ? ` and ${otherAssets} other${otherAssets > 1 ? 's' : ''}` : ''
  return `${address && !start ? withoutSource(lead) : lead}${began}${from} on ${asset}${others}`
}

/** The title names the address itself. */
const withoutSource = (title: string) =>
  title.replace(/ from (?:one|an?|many|several) (?:\w+ )?(?:address(?:es)?|source)$/, '')
/** `Shell started` → `shell started`; `SSH logon` stays. */
const lowerFirst = (title: string) =>
  /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title
