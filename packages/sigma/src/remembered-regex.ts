// A regular expression that remembers what it said of texts that come again and again.
import type { LinearRegex } from './regex.ts'

const maxTexts = 512
const maxLength = 512
/** After so many texts the remembering must have saved a quarter of the tests, or it ends. */
const trialLength = 1_024

export class RememberedRegex {
  private readonly regex: LinearRegex
  private known: Map<string, boolean> | undefined = new Map()
  private asked = 0
  private hits = 0

  constructor(regex: LinearRegex) {
    this.regex = regex
  }

  test(text: string): boolean {
    const { known } = this
    if (known === undefined || text.length > maxLength) return this.regex.test(text)
    const before = known.get(text)
    this.asked++
    if (before !== undefined) {
      this.hits++
      return before
    }
    const result = this.regex.test(text)
    if (this.asked > trialLength) {
      if (this.hits * 4 < this.asked) {
        this.known = undefined
        return result
      }
      this.asked = 0
      this.hits = 0
    }
    if (known.size >= maxTexts) known.clear()
    known.set(text, result)
    return result
  }
}
