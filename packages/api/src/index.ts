/** Shapes and routes shared by server, agent and console. */
export type { AddressRange } from './address-range.ts'
export { parseAddress, parseAddressRange } from './address-range.ts'
export type * from './agent.ts'
export {
  agentMessage,
  agentSocketPath,
  closeCodes,
  enrolmentAnswer,
  enrolmentPath,
  enrolmentRequest,
  maxBatchBytes,
  maxBatchEvents,
  maxMessageBytes,
  protocolVersion,
  renewalPath,
  renewalRequest,
  serverMessage,
} from './agent.ts'
export type { PackageArchitecture, PackageStatement, SignedStatement } from './agent-package.ts'
export {
  compareVersions,
  installScriptPath,
  packageArchitectures,
  packageFilePattern,
  packageStatement,
  packagesPath,
  signedStatement,
  type UninstallRequest,
  uninstallPath,
  uninstallRequest,
} from './agent-package.ts'
export type * from './agents.ts'
export { agentSettings, enrolmentTokenRow, revocation, spoolMegabytes, uninstallToken } from './agents.ts'
export type * from './alerts.ts'
export {
  alertDetail,
  alertFacets,
  alertFilter,
  alertPage,
  alertQuery,
  alertRow,
  alertSorts,
  chainProcess,
  entity,
  handlingRequest,
  historyEntry,
  operation,
  operationName,
  sharedKinds,
  summary,
} from './alerts.ts'
export type * from './assets.ts'
export {
  agentStates,
  assetChange,
  assetDetail,
  assetPage,
  assetQuery,
  assetRow,
  assetSorts,
  assetsChanged,
  banner,
  enrolmentToken,
  sensorStatus,
} from './assets.ts'
export type * from './batches.ts'
export { alertBatch, batchItems, batchProgress, batchRequest, batchResponses } from './batches.ts'
export type * from './collection.ts'
export { collection, collectionChange, logKinds, receiverKinds } from './collection.ts'
export type { EnrolmentTokenParts, ParsedEnrolmentToken } from './enrolment-token.ts'
export { formatEnrolmentToken, parseEnrolmentToken } from './enrolment-token.ts'
export type { EventFieldKind, EventFieldName } from './event-fields.ts'
export { eventFieldKind, eventFields, eventPathPrefix } from './event-fields.ts'
export type { EventCondition, EventQueryIssue, EventTerm, ParsedEventQuery, ValueTest } from './event-query.ts'
export { eventQueryLimits, parseEventQuery } from './event-query.ts'
export type * from './events.ts'
export { alertExport, eventArchive, eventExport, eventHistogram, eventPage, eventQuery, eventValues } from './events.ts'
export type * from './incidents.ts'
export {
  incidentAlertsHandled,
  incidentAlertsHandling,
  incidentDetail,
  incidentFilter,
  incidentHandling,
  incidentOperations,
  incidentPage,
  incidentRow,
  incidentStates,
} from './incidents.ts'
export type * from './inventory.ts'
export {
  inventoryBytesMax,
  inventoryChange,
  inventoryChangePage,
  inventoryKinds,
  inventorySearchPage,
  inventorySummary,
  inventoryThing,
  inventoryThingPage,
  inventoryThingsMax,
  versionTests,
} from './inventory.ts'
export type * from './investigation.ts'
export {
  eventGroups,
  graph,
  graphEdge,
  graphEdgeKinds,
  graphNode,
  graphNodeKinds,
  graphQuery,
  processTree,
  processTreeQuery,
  shortfall,
  timeline,
  timelineItem,
  timelineQuery,
  timelineScopes,
  treeProcess,
} from './investigation.ts'
export type * from './models.ts'
export { defenceItem, defenceItemChange, modelDetail, modelList, modelRow } from './models.ts'
export type * from './notifications.ts'
export {
  channelBody,
  channelKinds,
  channelSettings,
  notificationChannel,
  notificationDelivery,
  secretsOfKind,
} from './notifications.ts'
export type * from './operations.ts'
export { operationState, operationView, taskState, taskView } from './operations.ts'
export type * from './people.ts'
export {
  account,
  apiToken,
  auditPage,
  auditRow,
  createdApiToken,
  ownSession,
  roleNames,
  user,
  userName,
} from './people.ts'
export type { Refusal, RefusalCode } from './refusals.ts'
export { refusals } from './refusals.ts'
export type * from './responses.ts'
export {
  approvedAddress,
  bruteForceRule,
  bruteForceRules,
  ipRule,
  operationPage,
  quarantinedFile,
  quarantinePage,
  quarantineState,
  responseName,
  responseOffers,
} from './responses.ts'
export { exampleBodies, exampleQueries } from './route-examples.ts'
export type { Route, RouteAnswer, RouteBody, RouteName, RouteQuery } from './routes.ts'
export { codesOf, routes } from './routes.ts'
export type { SavedFilter } from './saved-filters.ts'
export type { ApiError, Session, StreamMessage, StreamMessageName } from './session.ts'
export { apiError, credentials, passwordChange, session, streamMessages } from './session.ts'
export type * from './settings.ts'
export { setting, settingsChange, settingsView } from './settings.ts'
export type { TaskMessage, TaskResultMessage } from './tasks.ts'
export { taskBody, taskMessage, taskResultMessage } from './tasks.ts'
export type * from './whitelist.ts'
export { whitelistPreview, whitelistRule, whitelistRuleDraft } from './whitelist.ts'
