/** What a threat detection model is, after its rule.yml was read. */
import type { AlertType, Edition, EntityKind, EventType, Level, Stage } from '@rampart/event'
import type { IndicatorKind } from '@rampart/intel'

/** How a model decides. `yara` and `policy` belong to the agent and are refused by the detector. */
export const modelKinds = ['sigma', 'correlation', 'novelty', 'intel', 'yara', 'policy'] as const
export type ModelKind = (typeof modelKinds)[number]

export const sigmaLevels = ['informational', 'low', 'medium', 'high', 'critical'] as const
export type SigmaLevel = (typeof sigmaLevels)[number]

/** Level of the product for a level of Sigma. */
export const levelOf = {
  critical: 'Urgent',
  high: 'Urgent',
  medium: 'Warning',
  low: 'Notice',
  informational: 'Notice',
} as const satisfies Record<SigmaLevel, Level>

/** What an alert of the model is about: the kind, and the event field that holds its value. */
export interface ModelEntity {
  kind: EntityKind
  field: string
}

/** Parameters of `kind: intel`: the first of the fields that is on a list makes the finding. */
export interface IntelParameters {
  indicator: IndicatorKind
  fields: string[]
  /** The fields are free text, e.g. a command line: its URLs are looked up (for `domain` and `address` their hosts). */
  urlsInText: boolean
}

/** Parameters of `kind: novelty`: a value of `field` never seen before in its group makes the finding, once the group has learned. */
export interface NoveltyParameters {
  field: string
  /** Fields that make the group; the asset always belongs to it. */
  per: string[]
  /** Events a group must have seen before it may report. */
  learnEvents: number
  /** Time since the first event of a group before it may report. */
  learnMs: number
}

export interface Model {
  /** UUID, the identity. */
  id: string
  /** Name of its folder. */
  slug: string
  path: string
  title: string
  type: AlertType
  /** Least edition that raises it, where that is more than its type says. */
  edition?: Edition
  stages: Stage[]
  /** ATT&CK ids, `T1059.004`. */
  techniques: string[]
  /** ATT&CK tactic slugs, `command-and-control`. */
  tactics: string[]
  level: Level
  sigmaLevel: SigmaLevel
  kind: ModelKind
  /** Sigma status: experimental, test, stable … */
  status: string
  description: string
  why: string
  blindSpots: string
  falsePositives: string[]
  triage: string[]
  advice: string[]
  references: string[]
  author: string
  date: string
  entity: ModelEntity
  /** Event fields whose values, with asset and model, make one alert. */
  dedupBy: string[]
  /** Event types it needs. */
  requires: EventType[]
  intel?: IntelParameters
  novelty?: NoveltyParameters
  /** The rule file as text. */
  text: string
}
