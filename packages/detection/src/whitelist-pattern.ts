/** What a whitelist rule says: its conditions, compiled, and what is refused because it would take almost anything. */
import type { AlertType } from '@rampart/event'
import { RE2JS } from 're2js'
import { readPaths } from './event-paths.ts'
import type { Finding } from './finding.ts'

export const whitelistOperators = ['contains', 'not contains', 'equals', 'not equals', 'regex'] as const
export type WhitelistOperator = (typeof whitelistOperators)[number]

/** `field` is a path of the event, or `entity`, `sourceAddress`. Upper and lower case differ. */
export interface WhitelistCondition {
  field: string
  operator: WhitelistOperator
  value: string
}

/** What a rule takes: findings of one model or of one type, on one asset, a group or all, that meet all conditions. */
export interface WhitelistPattern {
  conditions: readonly WhitelistCondition[]
  about: { model: string } | { type: AlertType }
  on: { asset: string } | { group: string } | 'all'
}

export type WhitelistRefusal =
  | { code: 'whitelist.no-condition'; message: string }
  | { code: 'whitelist.too-broad'; message: string; condition: number }
  | { code: 'whitelist.bad-regex'; message: string; condition: number }
  | { code: 'whitelist.unknown-field'; message: string; condition: number }

/** What a rule looks at of a finding. */
export type Whitelistable = Pick<Finding, 'modelId' | 'type' | 'assetId' | 'entity' | 'sourceAddress' | 'evidence'>

export interface CompiledPattern {
  /** True when all conditions hold; what the rule is about and on is not looked at. */
  holds(finding: Whitelistable): boolean
}

export type CompiledWhitelistPattern = { ok: true; pattern: CompiledPattern } | { ok: false; refusal: WhitelistRefusal }

const conditionsMax = 20
const valuesRead = 64
/** Characters of a value that are looked at. */
const valueMax = 65_536
const regexProgramMax = 2_000
/** Shorter texts are in almost everything. */
const containedMin = 3
/** Fields whose few values say nothing about what happened. */
const emptyFields = ['schema', 'type', 'sensor', 'asset.kind', 'id', 'at']
/** Ordinary values of many kinds: an expression that finds itself in all of them asks for nothing. */
const probes = [
  '/usr/sbin/sshd',
  'bash -c id',
  '198.51.100.7',
  'www-data',
  'C:\\Windows\\notepad.exe',
  '2001:db8::1',
  'GET /index.html?x=1',
  'e3b0c44298fc1c14',
]

/** Compiles the conditions of a rule; one that would take almost anything is refused with a reason. */
export function compileWhitelistPattern(conditions: readonly WhitelistCondition[]): CompiledWhitelistPattern {
  if (!conditions.some(({ operator }) => !operator.startsWith('not ')))
    return {
      ok: false,
      refusal: {
        code: 'whitelist.no-condition',
        message:
          'Say what has to be there: at least one condition with contains, equals or regex. What is only excluded leaves everything else.',
      },
    }
  if (conditions.length > conditionsMax)
    return {
      ok: false,
      refusal: { code: 'whitelist.no-condition', message: `A rule has at most ${conditionsMax} conditions.` },
    }
  const tests: ((finding: Whitelistable) => boolean)[] = []
  for (const [place, condition] of conditions.entries()) {
    const refusal = refuseCondition(condition, place)
    if (refusal) return { ok: false, refusal }
    tests.push(compileCondition(condition))
  }
  return { ok: true, pattern: { holds: (finding) => tests.every((holds) => holds(finding)) } }
}

function refuseCondition({ field, operator, value }: WhitelistCondition, place: number): WhitelistRefusal | null {
  const broad = (message: string): WhitelistRefusal => ({ code: 'whitelist.too-broad', message, condition: place })
  if (!/^[A-Za-z][\w.-]{0,127}$/.test(field))
    return { code: 'whitelist.unknown-field', message: `There is no field "${field.slice(0, 60)}".`, condition: place }
  if (emptyFields.includes(field))
    return broad(`The field ${field} has the same value in very many events. Choose one that tells this case apart.`)
  if (value.trim() === '') return broad('The value is empty: the condition would hold for everything.')
  if (operator === 'regex') return refuseRegex(value, place)
  if (operator === 'equals' || operator === 'not equals') return null
  if (!/[\p{L}\p{N}]/u.test(value))
    return broad(`"${value}" is in almost every value. Give a longer part of what is expected, with a name in it.`)
  if ([...value.trim()].length < containedMin)
    return broad(
      `"${value}" is too short. Give at least ${containedMin} characters, or use equals for the whole value.`,
    )
  return null
}

function refuseRegex(source: string, place: number): WhitelistRefusal | null {
  const refusal = (code: 'whitelist.bad-regex' | 'whitelist.too-broad', message: string): WhitelistRefusal => ({
    code,
    message,
    condition: place,
  })
  try {
    const compiled = RE2JS.compile(source)
    if (compiled.programSize() > regexProgramMax)
      return refusal('whitelist.bad-regex', 'The expression is too large. Write it shorter, or with smaller counts.')
    if (compiled.test(''))
      return refusal('whitelist.too-broad', 'The expression matches the empty text, so it matches everything.')
    if (probes.filter((probe) => compiled.test(probe)).length > probes.length / 2)
      return refusal(
        'whitelist.too-broad',
        'The expression matches paths, addresses and names of every kind. Put a literal part into it.',
      )
    return null
  } catch (error) {
    const message = error instanceof Error ? error.message.replace('error parsing regexp: ', '') : 'it cannot be read'
    return refusal(
      'whitelist.bad-regex',
      `The expression cannot be read: ${message}. Look-around and back-references do not exist here.`,
    )
  }
}

function compileCondition({ field, operator, value }: WhitelistCondition): (finding: Whitelistable) => boolean {
  const some = (test: (text: string) => boolean) => (finding: Whitelistable) => valuesOf(finding, field).some(test)
  // An exclusion needs the field to be there: what is not known is not excluded.
  const none = (test: (text: string) => boolean) => (finding: Whitelistable) => {
    const values = valuesOf(finding, field)
    return values.length > 0 && !values.some(test)
  }
  switch (operator) {
    case 'contains':
      return some((text) => text.includes(value))
    case 'not contains':
      return none((text) => text.includes(value))
    case 'equals':
      return some((text) => text === value)
    case 'not equals':
      return none((text) => text === value)
    case 'regex': {
      const compiled = RE2JS.compile(value)
      return some((text) => compiled.test(text))
    }
  }
}

/** Values of a field of a finding, each at most 64 Ki characters. */
export function valuesOf(finding: Whitelistable, field: string): string[] {
  if (field === 'entity') return [finding.entity.value]
  if (field === 'sourceAddress') return finding.sourceAddress === undefined ? [] : [finding.sourceAddress]
  return readPaths(finding.evidence, field, valuesRead).map((value) =>
    value.length > valueMax ? value.slice(0, valueMax) : value,
  )
}

/** True when the finding is of the model or type, and on the asset or group, that the rule names. */
export function concerns(
  { about, on }: Pick<WhitelistPattern, 'about' | 'on'>,
  finding: Pick<Whitelistable, 'modelId' | 'type' | 'assetId'>,
  groupOf: (assetId: string) => string | null,
): boolean {
  if ('model' in about ? about.model !== finding.modelId : about.type !== finding.type) return false
  if (on === 'all') return true
  return 'asset' in on ? on.asset === finding.assetId : on.group === groupOf(finding.assetId)
}

export interface WhitelistRule extends WhitelistPattern {
  id: string
  /** ms since 1970-01-01 UTC; from then on it takes nothing. Null for never. */
  expiresAt: number | null
}
