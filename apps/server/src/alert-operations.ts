/** Every way to change an alert goes through here: one alert or many, by a person or by a batch. */
import type { AlertStore, Handled, Handling, HandlingRefused, OperationName } from '@rampart/alert'
import { batchResponses } from '@rampart/api'
import type { Responses } from './response/responses.ts'

/** A handling whose operation may be one that agents carry out. */
export type AnyHandling = Omit<Handling, 'operation'> & { operation: string }
export type AnyHandled = Handled | { ok: false; error: Omit<HandlingRefused, 'code'> & { code: string } }

/** Carries one operation out on several alerts; the answers stand in their order. */
export type ApplyOperation = (handlings: readonly AnyHandling[]) => Promise<AnyHandled[]>

export class AlertOperations {
  readonly #store: ApplyOperation
  readonly #others = new Map<string, ApplyOperation>()

  constructor(alerts: Pick<AlertStore, 'handleMany'>) {
    this.#store = (handlings) =>
      alerts.handleMany(handlings.map((one) => ({ ...one, operation: one.operation as OperationName })))
  }

  /** For operations that need more than the store, such as tasks of agents. Each has one owner. */
  register(operation: string, apply: ApplyOperation): void {
    if (this.#others.has(operation)) throw new Error(`the operation ${operation} has an owner already`)
    this.#others.set(operation, apply)
  }

  /** All handlings are of one operation. */
  async apply(handlings: readonly AnyHandling[]): Promise<AnyHandled[]> {
    const [first] = handlings
    if (!first) return []
    return (this.#others.get(first.operation) ?? this.#store)(handlings)
  }
}

/** Lets batches begin the operations of agents: one after the other, each on its own alert, with its own tasks. */
export function registerResponses(operations: AlertOperations, alerts: AlertStore, responses: Responses): void {
  for (const name of batchResponses)
    operations.register(name, async (handlings) => {
      const answers: AnyHandled[] = []
      for (const { alertId, version, actor, note, batch } of handlings) {
        const alert = await alerts.get(alertId)
        const begun = alert && (await responses.begin(alert, { name, version, note, batch }, actor))
        const after = begun?.ok ? await alerts.get(alertId) : null
        const { code, message } =
          begun && !begun.ok ? begun.error : { code: 'alert.not-found', message: 'There is no such alert.' }
        answers.push(after ? { ok: true, alert: after } : { ok: false, error: { code, message } })
      }
      return answers
    })
}
