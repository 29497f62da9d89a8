/** Facts of an inventory that come and go with use, e.g. whether a service runs now: shown, but never told as a change. */
export const momentaryFacts: ReadonlySet<string> = new Set(['running', 'state'])

type Facts = Readonly<Record<string, string | number | boolean>>

/** Whether two descriptions of one thing say the same, apart from momentary facts. */
export function sameFacts(one: Facts, other: Facts): boolean {
  const names = (facts: Facts) => Object.keys(facts).filter((name) => !momentaryFacts.has(name))
  const own = names(one)
  return own.length === names(other).length && own.every((name) => one[name] === other[name])
}
