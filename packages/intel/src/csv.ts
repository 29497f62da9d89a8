/** One line of CSV (RFC 4180 quoting, no line breaks inside cells) → its cells. */

/** Cells of the line, or undefined when a quote is not closed. */
export function parseCsvLine(line: string): string[] | undefined {
  const cells: string[] = []
  let position = 0
  for (;;) {
    if (line[position] === '"') {
      let cell = ''
      let from = position + 1
      for (;;) {
        const quote = line.indexOf('"', from)
        if (quote < 0) return undefined
        cell += line.slice(from, quote)
        from = quote + 1
        if (line[from] !== '"') break
        cell += '"'
        from++
      }
      cells.push(cell)
      position = line.indexOf(',', from)
    } else {
      const comma = line.indexOf(',', position)
      cells.push(line.slice(position, comma < 0 ? undefined : comma))
      position = comma
    }
    if (position < 0) return cells
    position++
  }
}
