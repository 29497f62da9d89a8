// The ways to spell a record as JSON.

/** One of them: spaces, escapes of any character, numbers with exponents. */
export function spell(value: unknown, style: number): string {
  const space = style & 1 ? ' ' : ''
  const text = (each: string): string => {
    const json = JSON.stringify(each)
    if (style & 2) return json.replace(/[^\x20-\x7e]/g, escaped)
    if (style & 4)
      return `"${[...json.slice(1, -1)].map((unit, index) => (index % 3 === 0 && /[a-zA-Z ]/.test(unit) && json[index] !== '\\' ? escaped(unit) : unit)).join('')}"`
    return style & 8 ? json.replaceAll('/', '\\/') : json
  }
  const any = (each: unknown): string => {
    if (typeof each === 'string') return text(each)
    if (typeof each === 'number' && style & 4) return each.toExponential()
    if (Array.isArray(each)) return `[${each.map(any).join(`${space},`)}]`
    if (typeof each === 'object' && each !== null)
      return `{${Object.entries(each)
        .map(([key, inner]) => `${space}${JSON.stringify(key)}${space}:${space}${any(inner)}`)
        .join(',')}${space}}`
    return JSON.stringify(each)
  }
  return any(value)
}

function escaped(unit: string): string {
  return [...Array(unit.length).keys()]
    .map((index) => `\\u${unit.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('')
}
