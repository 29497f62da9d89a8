// An expression in, whether RE2 surely accepts it and makes a small program of it out; told from its characters alone, many
// times faster than compiling it.

/** Characters of the expressions that are looked at. */
const maxLength = 1_000
/** Groups in groups. */
const maxDepth = 50
/** Characters and groups with their repeat counts multiplied out; an instruction or two each, and what RE2 allows to be nested. */
const maxCost = 1_000

/** What an expression of the plain kind is made of. */
const escaped = /\\(?:[dDwWsSfnrtv]|[!-/:-@[-`{-~])/.source
const member = `(?:[A-Za-z0-9]-[A-Za-z0-9]|[ -,./0-Z_\`a-~\u00a1-\u2fff]|${escaped})`
const pieces = new RegExp(
  [
    `(?<character>[ !"#%&',\\-/0-9:;<=>@A-Z\\]_\`a-z~.\u00a1-\u2fff]|${escaped})`,
    `(?<class>\\[\\^?-?${member}(?:${member}|\\^)*-?\\])`,
    /(?<place>[\^$]|\\[bBAz]|\(\?i\))/.source,
    /(?<open>\((?:\?:)?)(?!\?)/.source,
    /(?<close>\))/.source,
    /(?<or>\|)/.source,
    /(?<times>[*+?]|\{(?<least>\d{1,4})(?:,(?<most>\d{0,4}))?\})\??/.source,
  ].join('|'),
  'y',
)

export function isSurelyRegex(source: string): boolean {
  if (source.length > maxLength) return false
  /** Of each open group what stands in it so far. */
  const costs = [0]
  /** What a quantifier would repeat; 0 for nothing. */
  let latest = 0
  for (pieces.lastIndex = 0; pieces.lastIndex < source.length; ) {
    const found = pieces.exec(source)?.groups
    if (!found) return false
    const inner = costs.length - 1
    if (found.times !== undefined) {
      if (latest === 0) return false
      const times = timesOf(found)
      if (times === undefined) return false
      costs[inner] = (costs[inner] ?? 0) + latest * (Math.max(times, 1) - 1)
      latest = 0
    } else if (found.open !== undefined) {
      if (costs.push(0) > maxDepth) return false
      latest = 0
    } else if (found.close !== undefined) {
      const cost = costs.pop() ?? 0
      if (costs.length === 0) return false
      latest = cost + 1
      costs[inner - 1] = (costs[inner - 1] ?? 0) + latest
    } else {
      const isCharacter = found.character !== undefined || (found.class !== undefined && isOrdered(found.class))
      if (found.class !== undefined && !isCharacter) return false
      latest = isCharacter ? 1 : 0
      costs[inner] = (costs[inner] ?? 0) + 1
    }
    if ((costs[costs.length - 1] ?? 0) > maxCost) return false
  }
  return costs.length === 1
}

/** How often a quantifier repeats, as far as that makes a program longer. */
function timesOf({ least, most }: Record<string, string | undefined>): number | undefined {
  if (least === undefined) return 1
  if (most === undefined || most === '') return Number(least)
  return Number(most) < Number(least) ? undefined : Number(most)
}

/** Whether every range of a class goes upwards. */
function isOrdered(text: string): boolean {
  for (const [range] of text.matchAll(/\\.|[A-Za-z0-9]-[A-Za-z0-9]/g))
    if (!range.startsWith('\\') && range.charCodeAt(0) > range.charCodeAt(2)) return false
  return true
}
