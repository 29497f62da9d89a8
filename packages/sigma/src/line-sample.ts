// Lines of a route in, a sample of them out when enough were seen; kept as bytes, which cost nothing if that never comes.

/** The sample is due after so many lines; one in so many joins it, up to so many. */
const dueAfter = 65_536
const sampleEvery = 127
const maxLines = 512
/** Bytes of a line that is kept. */
const maxLength = 8_192

export class LineSample {
  private readonly lines: Uint8Array[] = []
  private kept = 0

  /** Takes a line, when so many were seen, and gives after how many the next one is wanted; undefined: it is due. */
  keep(bytes: Uint8Array, seen: number): number | undefined {
    if (bytes.length <= maxLength) {
      if (this.lines.length < maxLines) this.lines.push(bytes.slice())
      else this.lines[this.kept % maxLines] = bytes.slice()
      this.kept++
    }
    return seen < dueAfter ? seen + sampleEvery : undefined
  }

  /** The lines, which are then forgotten. */
  take(): Uint8Array[] {
    return this.lines.splice(0)
  }
}

/** After so many lines the first one is wanted. */
export const firstWanted = sampleEvery
