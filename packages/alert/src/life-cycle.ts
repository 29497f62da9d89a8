/** The life of an alert: which state may follow which, and what each operation of a person does. */
import { type AlertState, alertStates } from '@rampart/event'

/** States that may follow. A closed alert goes back to where it was: to `unhandled`, or to `handling` when that is undone. */
export const next = {
  unhandled: ['handling', 'handled', 'ignored', 'whitelisted', 'false positive', 'expired', 'auto-blocked'],
  handling: ['handled', 'unhandled', 'ignored', 'whitelisted', 'false positive', 'auto-blocked'],
  handled: ['unhandled', 'handling'],
  ignored: ['unhandled', 'handling'],
  whitelisted: ['unhandled', 'handling'],
  'false positive': ['unhandled', 'handling'],
  expired: ['unhandled'],
  'auto-blocked': ['unhandled', 'handling', 'whitelisted', 'false positive'],
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

/**
 * Operations of a person that need no agent; `to` is the state they lead to, null when the state stays (`undo` goes back
 * to the state before). `silent` operations close the alert for good: repeats are counted on it and open nothing.
 */
export const operations = {
  'handled manually': { to: 'handled' },
  'add to whitelist': { to: 'whitelisted' },
  'defend without notification': { to: 'handled', silent: true },
  ignore: { to: 'ignored' },
  'false positive': { to: 'false positive' },
  reopen: { to: 'unhandled' },
  undo: { to: null },
  'add note': { to: null },
  assign: { to: null },
} as const satisfies Record<string, { to: AlertState | null; silent?: true }>
export type OperationName = keyof typeof operations

/** Operations that `undo` takes back. A note stays: what was said was said. */
export const undoable: readonly string[] = [
  'handled manually',
  'add to whitelist',
  'defend without notification',
  'ignore',
  'false positive',
  'reopen',
  'assign',
  'expired',
]

/** An operation as offered for an alert; `reason` says why it is not. */
export interface OperationOffer {
  name: OperationName
  offered: boolean
  reason: string | null
}

/** What decides which operations fit, besides the state. */
export interface Circumstances {
  /** Another open alert has the same aggregation key: opening this one would make two of them. */
  openTwin: boolean
  /** Its repeats are defended against in silence already. */
  silent: boolean
  /** What `undo` would take back, and the state that the alert would have then; null when there is nothing. */
  last: { operation: string; state: AlertState } | null
}

/** All operations with whether they fit. */
export function offeredOperations(state: AlertState, circumstances: Circumstances): OperationOffer[] {
  return (Object.keys(operations) as OperationName[]).map((name) => {
    const reason = refusal(name, state, circumstances)
    return { name, offered: reason === null, reason }
  })
}

const openTwinReason = 'It happened again since: a newer alert of the same kind is open.'

/** Why an operation does not fit, or null when it does. */
export function refusal(
  name: OperationName,
  state: AlertState,
  { openTwin, silent, last }: Circumstances,
): string | null {
  if (name === 'undo') {
    if (!last) return 'There is nothing to undo.'
    return isOpen(last.state) && !isOpen(state) && openTwin ? openTwinReason : null
  }
  const { to } = operations[name]
  if (to === null) return null
  if (name === 'reopen' && isOpen(state)) return 'The alert is open.'
  if (name === 'reopen' && openTwin) return openTwinReason
  // What was done about it goes on being done in silence: that is no other state.
  if (name === 'defend without notification' && to === state)
    return silent ? 'It is defended against in silence already.' : null
  if (to === state) return `The alert is ${state} already.`
  if (state === 'auto-blocked' && !mayFollow(state, to)) return 'It was blocked automatically: nothing is left to do.'
  if (!mayFollow(state, to)) return `An alert that is ${state} has to be reopened first.`
  return null
}

/** True for a word that names a state. */
export function isAlertState(word: string): word is AlertState {
  return (alertStates as readonly string[]).includes(word)
}
