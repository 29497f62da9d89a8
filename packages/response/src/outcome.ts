/** The three ways in which a task ends. */
import type { TaskOutcome } from './task.ts'

type Details = Record<string, unknown>

/** It was done, or was so already. */
export const done = (code: string, message: string, details?: Details): TaskOutcome =>
  outcome('done', code, message, details)
/** It was tried and did not succeed. */
export const failed = (code: string, message: string, details?: Details): TaskOutcome =>
  outcome('failed', code, message, details)
/** It was not tried, because it must not be or no longer fits. */
export const refused = (code: string, message: string, details?: Details): TaskOutcome =>
  outcome('refused', code, message, details)

function outcome(state: TaskOutcome['state'], code: string, message: string, details?: Details): TaskOutcome {
  return details === undefined ? { state, code, message } : { state, code, message, details }
}
