/** Alert → tasks: what agents can be told to do, what is offered for an alert, and why not. Executing is in `./execute`. */

export { done, failed, refused } from './outcome.ts'
export type { Circumstances, EditionName, HostResponseName, ResponseName, ResponseOffer } from './plan.ts'
export { offeredHostResponses, offeredResponses, responseNames } from './plan.ts'
export { protectedPrograms, protectionOf } from './protected.ts'
export type { AddressChoice, FileChoice, ProcessChoice, Targets } from './targets.ts'
export { targetsOf } from './targets.ts'
export type {
  Direction,
  FileTarget,
  ProcessTarget,
  ReportedState,
  Task,
  TaskKind,
  TaskOf,
  TaskOutcome,
  TaskParameters,
} from './task.ts'
export {
  checkTask,
  directions,
  idPattern,
  lineLimit,
  listLimit,
  longestMs,
  pathLimit,
  reportedStates,
  sha256Pattern,
  taskKinds,
} from './task.ts'
