/** What one setting may be, and the check of a value against it. */

interface Common {
  /** What it decides, one or two sentences. */
  meaning: string
  /** `now`: a running server takes a change over; `restart`: it is read when the server starts. */
  takesEffect: 'now' | 'restart'
  /** `file`: only rampart.yml says it, because it is needed before anybody can sign in. */
  where: 'anywhere' | 'file'
}

export interface SwitchSetting extends Common {
  kind: 'switch'
  default: boolean
}
/** Whole numbers. The unit stands in the name too. */
export interface NumberSetting extends Common {
  kind: 'number'
  default: number
  min: number
  max: number
  unit: string
}
export interface TextSetting extends Common {
  kind: 'text'
  default: string
  maxLength: number
}
export interface ChoiceSetting extends Common {
  kind: 'choice'
  default: string
  choices: readonly string[]
}
/** A list without repeats: of the choices, or of any short texts when there are none. */
export interface ListSetting extends Common {
  kind: 'list'
  default: readonly string[]
  choices?: readonly string[]
}
export type SettingDefinition = SwitchSetting | NumberSetting | TextSetting | ChoiceSetting | ListSetting

export type ValueOf<Definition> = Definition extends { kind: 'switch' }
  ? boolean
  : Definition extends { kind: 'number' }
    ? number
    : Definition extends { kind: 'choice'; choices: readonly (infer Choice)[] }
      ? Choice
      : Definition extends { kind: 'list'; choices: readonly (infer Choice)[] }
        ? readonly Choice[]
        : Definition extends { kind: 'list' }
          ? readonly string[]
          : string

const listMax = 64
const wordMax = 256

/** What is wrong with a value and what it has to be, or null when it is fine. */
export function settingFault(definition: SettingDefinition, value: unknown): string | null {
  switch (definition.kind) {
    case 'switch':
      return typeof value === 'boolean' ? null : 'must be true or false'
    case 'number': {
      const { min, max, unit } = definition
      const fits = Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      return fits ? null : `must be a whole number from ${min} to ${max} (${unit})`
    }
    case 'text':
      return typeof value === 'string' && value.length <= definition.maxLength && isPrintable(value)
        ? null
        : `must be a text of at most ${definition.maxLength} characters on one line`
    case 'choice':
      return definition.choices.includes(value as string) ? null : `must be one of ${definition.choices.join(', ')}`
    case 'list':
      return listFault(definition, value)
  }
}

function listFault({ choices }: ListSetting, value: unknown): string | null {
  const what = choices ? `must be a list of some of ${choices.join(', ')}` : 'must be a list of texts'
  if (!Array.isArray(value) || value.length > listMax) return `${what}, at most ${listMax}`
  if (new Set(value).size < value.length) return `${what}, each once`
  const fits = (one: unknown) =>
    choices ? choices.includes(one as string) : typeof one === 'string' && one.length <= wordMax && isPrintable(one)
  return value.every(fits) ? null : what
}

const isPrintable = (text: string) => !/\p{C}/u.test(text)
