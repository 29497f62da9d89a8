// Rows of the engine's table, as each of its parts prints them.

/** Prints rows of two cells, ready for a table in Markdown. */
export function printRows(rows: readonly (readonly [string, string])[]): void {
  for (const [what, value] of rows) console.log(`| ${what} | ${value} |`)
}
