// Values of one field that come again and again in, what was found out about each of them out.

/** What is known of one value: two bits for each test of its field (whether it was made, whether it held). */
export interface KnownValue {
  results: number[]
}

/** Values and characters of each of the two generations: the older one is forgotten when the younger one is full. */
const maxValues = 1_024
const maxCharacters = 131_072
/** A longer value is not remembered. */
const maxLength = 8_192
/** After so many values the remembering must have found a fifth of them, or it ends. */
const trialLength = 4_096
/** Tests in a word of `results`, which stays a small integer. */
const testsPerWord = 15

/** Where a test's bits are. */
export interface TestPlace {
  word: number
  shift: number
}

export class ValueMemo {
  private young: Map<string, KnownValue> | undefined = new Map()
  private older = new Map<string, KnownValue>()
  private characters = 0
  private asked = 0
  private found = 0
  private tests = 0

  /** A place for the results of one more test. */
  newTest(): TestPlace {
    const number = this.tests++
    return { word: Math.floor(number / testsPerWord), shift: (number % testsPerWord) * 2 }
  }

  /** What is known of the value, to be added to; undefined when it is not worth remembering. */
  of(text: string): KnownValue | undefined {
    const { young } = this
    if (young === undefined || text.length > maxLength) return undefined
    this.asked++
    const known = young.get(text)
    if (known !== undefined) {
      this.found++
      return known
    }
    let value = this.older.get(text)
    if (value !== undefined) this.found++
    else value = { results: [] }
    if (this.asked > trialLength) {
      if (this.found * 5 < this.asked) {
        this.young = undefined
        this.older.clear()
        return undefined
      }
      this.asked = 0
      this.found = 0
    }
    if (young.size >= maxValues || this.characters > maxCharacters) {
      this.older = young
      this.young = new Map()
      this.characters = 0
    }
    this.characters += text.length
    this.young?.set(text, value)
    return value
  }
}
