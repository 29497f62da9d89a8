/** Finding → alert: life cycle, aggregation, and where alerts and assets are stored. */
export type {
  Alert,
  AlertFacets,
  AlertFilter,
  AlertNumbers,
  AlertQuery,
  AlertSort,
  AlertStatistics,
  Asset,
  AssetChange,
  AssetIdentity,
  AssetScope,
  Evidence,
  HistoryEntry,
  Page,
  Similar,
  Trended,
} from './alert.ts'
export type { Finding } from './finding.ts'
export type { Headline, Incident, IncidentNote, IncidentState, Member } from './incident.ts'
export { headlineOf, incidentAlertsMax, levelOfAll, stagesOfAll, titleOf, weighed } from './incident.ts'
export type {
  IncidentHandled,
  IncidentHandling,
  IncidentNoteChange,
  IncidentQuery,
  IncidentRefused,
  IncidentStore,
  SharedKey,
} from './incident-store.ts'
export type { JoinKey, JoinKind } from './join-keys.ts'
export { joinKeysOf, joinWindowsMs } from './join-keys.ts'
export type { Circumstances, OperationName, OperationOffer } from './life-cycle.ts'
export { isOpen, mayFollow, next, offeredOperations, openStates, operations, refusal, undoable } from './life-cycle.ts'
export type { Link, Trait, Verdict } from './raise.ts'
export { alertIdOf, evidenceLimit, linksOf, traitsOf, verdict } from './raise.ts'
export { SqliteAlertStore } from './sqlite/alert-store.ts'
export type { DatabaseError, Migration, OpenedDatabase } from './sqlite/database.ts'
export { Database, isDiskFull, sqliteCode } from './sqlite/database.ts'
export { SqliteIncidentStore } from './sqlite/incident-store.ts'
export { alertMigrations } from './sqlite/migrations.ts'
export { WhitelistRules } from './sqlite/whitelist-rules.ts'
export type {
  AlertStore,
  Committed,
  EvidenceWindow,
  Handled,
  Handling,
  HandlingRefused,
  Movement,
  NoteChange,
  Raised,
  Stream,
  Work,
} from './store.ts'
export type { StoredWhitelistRule, WhitelistRuleChange, WhitelistRuleDraft } from './whitelist-rule.ts'
