/** Alert → tasks: what agents can be told to do, what is offered for an alert, and why not. Executing is in `./execute`. */
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
