/** Every way to change an alert goes through here: one alert or many, by a person or by a batch. */
import type { AlertStore, Handled, Handling } from '@rampart/alert'

/** Carries one operation out on several alerts; the answers stand in their order. */
export type ApplyOperation = (handlings: readonly Handling[]) => Promise<Handled[]>

export class AlertOperations {
  readonly #store: ApplyOperation
  readonly #others = new Map<string, ApplyOperation>()

  constructor(alerts: Pick<AlertStore, 'handleMany'>) {
    this.#store = (handlings) => alerts.handleMany(handlings)
  }

  /** For operations that need more than the store, such as tasks of agents. Each has one owner. */
  register(operation: string, apply: ApplyOperation): void {
    if (this.#others.has(operation)) throw new Error(`the operation ${operation} has an owner already`)
    this.#others.set(operation, apply)
  }

  /** All handlings are of one operation. */
  async apply(handlings: readonly Handling[]): Promise<Handled[]> {
    const [first] = handlings
    if (!first) return []
    return (this.#others.get(first.operation) ?? this.#store)(handlings)
  }
}
