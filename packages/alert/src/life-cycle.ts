/** The life of an alert: which state may follow which, and what each operation of a person does. */
import { type AlertState, alertStates } from '@rampart/event'

/** States that may follow. A state that is not a key has no way on. */
export const next = {
  unhandled: ['handling', 'handled', 'ignored', 'whitelisted', 'false positive', 'expired', 'auto-blocked'],
  handling: ['handled', 'unhandled', 'ignored', 'whitelisted', 'false positive', 'auto-blocked'],
  handled: ['unhandled'],
  ignored: ['unhandled'],
  whitelisted: ['unhandled'],
  'false positive': ['unhandled'],
  expired: ['unhandled'],
  'auto-blocked': ['handling', 'handled', 'unhandled'],
} as const satisfies Record<AlertState, readonly AlertState[]>

/** States in which a repeat joins the alert instead of opening a new one. */
export const openStates = ['unhandled', 'handling'] as const satisfies readonly AlertState[]

/** True while a repeat joins the alert. */
export function isOpen(state: AlertState): boolean {
  return (openStates as readonly AlertState[]).includes(state)
}

/** True when `to` may follow `from`. */
export function mayFollow(from: AlertState, to: AlertState): boolean {
  return (next[from] as readonly AlertState[]).includes(to)
}

/** Operations of a person that need no agent; `to` is the state they lead to, null when the state stays. */
export const operations = {
  'handled manually': { to: 'handled' },
  ignore: { to: 'ignored' },
  'false positive': { to: 'false positive' },
  reopen: { to: 'unhandled' },
  'add note': { to: null },
  assign: { to: null },
} as const satisfies Record<string, { to: AlertState | null }>
export type OperationName = keyof typeof operations

/** An operation as offered for an alert; `reason` says why it is not. */
export interface OperationOffer {
  name: OperationName
  offered: boolean
  reason: string | null
}

/**
 * All operations with whether they fit the state. `openTwin` is true when another open alert has the same
 * aggregation key: reopening would make two of them.
 */
export function offeredOperations(state: AlertState, openTwin: boolean): OperationOffer[] {
  return (Object.keys(operations) as OperationName[]).map((name) => {
    const reason = refusal(name, state, openTwin)
    return { name, offered: reason === null, reason }
  })
}

/** Why an operation does not fit, or null when it does. */
export function refusal(name: OperationName, state: AlertState, openTwin: boolean): string | null {
  const { to } = operations[name]
  if (to === null) return null
  if (to === state) return `The alert is ${state} already.`
  if (name === 'reopen' && isOpen(state)) return 'The alert is open.'
  if (name === 'reopen' && openTwin) return 'It happened again since: a newer alert of the same kind is open.'
  if (!mayFollow(state, to)) return `An alert that is ${state} has to be reopened first.`
  return null
}

/** True for a word that names a state. */
export function isAlertState(word: string): word is AlertState {
  return (alertStates as readonly string[]).includes(word)
}
