// How records look, as the caller tells it: which records a log source reads and where fields are in them.
import type { LogSource } from './document.ts'

/** A demand a log source makes on a record beyond its route, as Sigma's own log-source tables do. */
export interface RouteCondition {
  /** A field of the record, already named as the record names it. */
  field: string
  /** One of these, compared as texts without case. */
  values: readonly (string | number)[]
}

/** The caller's view of its records. All functions are pure; they are asked once per rule, not per record. */
export interface Pipeline {
  /** Kinds of record a log source reads; empty: none here. */
  routes(logsource: LogSource): readonly string[]
  /** Paths of a Sigma field inside a record of the route; undefined: the name itself. Dots walk into objects. */
  field(route: string, name: string): readonly string[] | undefined
  /**
   * The text that a field, named as the record names it, has in every record of the route, if there is one. Rules that
   * demand another are left out of the route.
   */
  known?(route: string, field: string): string | undefined
  /** What must also hold for records of the route; all of them. */
  condition?(logsource: LogSource, route: string): readonly RouteCondition[] | undefined
}
