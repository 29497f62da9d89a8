/** Why a model or rule cannot be used, as a value with its place. */

/** Codes of this package; codes of the Sigma engine (`sigma.…`) are passed on as they are. */
export type ModelIssueCode =
  | 'model.too-large'
  | 'model.invalid-yaml'
  | 'model.no-rampart-block'
  | 'model.several-rampart-blocks'
  | 'model.invalid-field'
  | 'model.unsupported-kind'
  | 'model.unknown-technique'
  | 'model.unknown-event-field'
  | 'model.no-log-source'
  | 'model.no-entity-kind'
  | 'model.duplicate-id'

export interface ModelIssue {
  code: ModelIssueCode | `sigma.${string}`
  path: string
  /** 1-based. */
  line: number
  column: number
  message: string
}

/** `path:line:column code message`, one line. */
export function formatIssue(issue: ModelIssue): string {
  return `${issue.path}:${issue.line}:${issue.column} ${issue.code} ${issue.message}`
}
