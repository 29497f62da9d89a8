// Lines of a route in, a sample of them out when enough were seen; kept as bytes, which cost nothing if that never comes.

const maxLines = 512
/** Bytes of a line that is kept. */
const maxLength = 8_192

export class LineSample {
  private readonly lines: Uint8Array[] = []
  private readonly dueAfter: number
  /** One in so many lines joins the sample. */
  private readonly every: number

  /** Due after so many lines. */
  constructor(dueAfter: number) {
    this.dueAfter = dueAfter
    this.every = Math.max(1, Math.floor(dueAfter / maxLines))
  }

  /** After so many lines the first one is wanted. */
  get firstWanted(): number {
    return this.every
  }

  /** Takes a line, when so many were seen, and gives after how many the next one is wanted; undefined: it is due. */
  keep(bytes: Uint8Array, seen: number): number | undefined {
    if (bytes.length <= maxLength && this.lines.length < maxLines) this.lines.push(bytes.slice())
    return seen < this.dueAfter ? seen + this.every : undefined
  }

  /** The lines, which are then forgotten. */
  take(): Uint8Array[] {
    return this.lines.splice(0)
  }
}
