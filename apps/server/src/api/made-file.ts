/** A file that a route answers with: made piece by piece while it is sent, so that its size needs no memory. */

export class MadeFile {
  readonly type: string
  readonly name: string
  readonly pieces: AsyncIterable<string | Uint8Array>

  /** `name` is ours: no text of others goes into the header. */
  constructor(type: string, name: string, pieces: AsyncIterable<string | Uint8Array>) {
    this.type = type
    this.name = name
    this.pieces = pieces
  }
}

type Cell = string | number | boolean | null | undefined

/**
 * One line of CSV (RFC 4180). Text that a spreadsheet would take for a formula gets an apostrophe in front: what
 * attackers name their files must not run on the desk of who reads about it.
 */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(cell: Cell): string {
  if (typeof cell !== 'string') return cell === null || cell === undefined ? '' : String(cell)
  // Programs drop blanks and characters without width before they look for a formula.
  const safe = /^[\s\u0000-\u0020\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(cell)
    ? `'${cell}`
    : cell
  return /[",\r\n\t;']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
