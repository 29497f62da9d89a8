// What can be wrong with a Sigma document: a place and facts in, one catalogued issue out.
// Codes are permanent. The advice of a code stands here once; the message carries the facts of the case.

/** `error` refuses the document, or what names it; `warning` does not. */
export type Severity = 'error' | 'warning'

interface Entry {
  severity: Severity
  advice: string
}

/** Every issue this package reports. `error` refuses the document (or the file), `warning` does not. */
export const catalogue = {
  // reading the file
  'sigma.unreadable': { severity: 'error', advice: 'Give a regular file that may be read.' },
  'sigma.too-large': { severity: 'error', advice: 'Split the file into smaller ones.' },
  'sigma.too-many-documents': { severity: 'error', advice: 'Split the file: one rule and its correlations each.' },
  'sigma.yaml-syntax': { severity: 'error', advice: 'Correct the YAML at this place.' },
  'sigma.yaml-depth': { severity: 'error', advice: 'Flatten the document: Sigma needs six levels at most.' },
  'sigma.yaml-size': { severity: 'error', advice: 'Remove aliases that repeat each other, or split the rule.' },
  'sigma.duplicate-key': { severity: 'error', advice: 'Give each key once; put several values into one list.' },
  'sigma.not-a-rule': {
    severity: 'error',
    advice: 'A document is a map with detection, correlation or filter at its top.',
  },
  'sigma.bad-collection': {
    severity: 'error',
    advice: 'Use action: global, reset or repeat, and repeat only after a rule.',
  },
  // the head of a document
  'sigma.missing-key': { severity: 'error', advice: 'Add the key; the Sigma specification 2.1 requires it.' },
  'sigma.bad-key': { severity: 'error', advice: 'Give the key a value of the kind the Sigma specification names.' },
  'sigma.odd-key': { severity: 'warning', advice: 'Correct the value; the rule is used without it.' },
  'sigma.duplicate-id': { severity: 'error', advice: 'Give each rule its own id; the first one read is used.' },
  // detection
  'sigma.no-selection': { severity: 'error', advice: 'Add at least one search identifier beside the condition.' },
  'sigma.bad-selection': {
    severity: 'error',
    advice: 'Write a map of fields, a list of such maps, or a list of keywords.',
  },
  'sigma.bad-value': { severity: 'error', advice: 'Give a value of the kind the modifiers of this field take.' },
  'sigma.null-in-list': { severity: 'warning', advice: 'Put null into its own selection.' },
  'sigma.single-all': { severity: 'warning', advice: 'Leave out "all": it needs at least two values.' },
  'sigma.unknown-modifier': {
    severity: 'error',
    advice: 'Use a modifier of the Sigma specification 2.1, in lower case.',
  },
  'sigma.bad-modifiers': { severity: 'error', advice: 'Use modifiers together only as the specification allows.' },
  'sigma.bad-regex': {
    severity: 'error',
    advice:
      'Correct the expression; look-around and back-references are refused, since they cannot run in linear time.',
  },
  'sigma.regex-too-large': { severity: 'error', advice: 'Shorten the expression or lower its repeat counts.' },
  'sigma.unresolved-placeholder': {
    severity: 'error',
    advice: 'Give the placeholder its values: --placeholders FILE on the command line, or the option in code.',
  },
  'sigma.bad-placeholders': {
    severity: 'error',
    advice: 'Write a map of placeholder names, each with a text, a number or a list of them.',
  },
  'sigma.too-many-values': { severity: 'error', advice: 'Split the rule, or use fewer values and modifiers.' },
  'sigma.bad-condition': { severity: 'error', advice: 'Correct the condition at this place.' },
  'sigma.unknown-selection': { severity: 'error', advice: 'Name a search identifier that the detection defines.' },
  'sigma.unused-selection': { severity: 'warning', advice: 'Name it in the condition, or remove it.' },
  'sigma.unsupported-aggregation': {
    severity: 'error',
    advice: 'Write a correlation rule; of the old aggregations only count, sum and avg can be translated.',
  },
  // correlation and filter
  'sigma.bad-correlation': { severity: 'error', advice: 'Correct the correlation as the specification describes it.' },
  'sigma.bad-timespan': { severity: 'error', advice: 'Write a number and s, m, h or d, for example 15m.' },
  'sigma.unknown-rule': { severity: 'error', advice: 'Load the rule with this id or name together with this one.' },
  'sigma.refused-rule': { severity: 'error', advice: 'Correct the rule it refers to first.' },
  'sigma.correlation-cycle': { severity: 'error', advice: 'A chain of correlations must end at detection rules.' },
  'sigma.bad-filter': { severity: 'error', advice: 'Correct the filter as the specification describes it.' },
  'sigma.unused-filter': { severity: 'warning', advice: 'Load the rules it names, for the same log source.' },
  // routing
  'sigma.unrouted': {
    severity: 'warning',
    advice: 'No record reaches this rule here: its log source is not collected.',
  },
} as const satisfies Record<`sigma.${string}`, Entry>

/** A code of the catalogue. */
export type SigmaIssueCode = keyof typeof catalogue

/** One thing wrong with one document. Lines and columns count from 1. */
export interface SigmaIssue {
  code: SigmaIssueCode
  severity: Severity
  path: string
  line: number
  column: number
  message: string
  advice: string
  ruleId?: string
  title?: string
}

/** A place in a source text; both count from 1. */
export interface Place {
  line: number
  column: number
}

/** Makes an issue of the catalogue; for callers too, who read files (`sigma.unreadable`). */
export function makeIssue(
  code: SigmaIssueCode,
  path: string,
  place: Place,
  message: string,
  rule?: { id?: string; title?: string },
): SigmaIssue {
  const { severity, advice } = catalogue[code]
  const issue: SigmaIssue = { code, severity, path, line: place.line, column: place.column, message, advice }
  if (rule?.id) issue.ruleId = rule.id
  if (rule?.title) issue.title = rule.title
  return issue
}

/** `file:line:column code message`, then what to do, in one line each. */
export function formatIssue(issue: SigmaIssue): string {
  return `${issue.path}:${issue.line}:${issue.column} ${issue.code} ${issue.message}\n  ${issue.advice}`
}

/** A refusal travelling from the place that found it to the document it refuses; never leaves the package. */
export class Refusal extends Error {
  readonly code: SigmaIssueCode
  readonly place: Place
  constructor(code: SigmaIssueCode, place: Place, message: string) {
    super(message)
    this.code = code
    this.place = place
  }
}
