// Times of events by number: 32 bits each while they are whole milliseconds within a few weeks of the first one.

/** Half of what 32 bits hold: about 24 days before and behind the first time. */
const reach = 2 ** 31

export class TimeColumn {
  private near: Uint32Array<ArrayBuffer>
  /** All times, once one did not fit. */
  private far: Float64Array<ArrayBuffer> | undefined
  /** What `near` counts from. */
  private base: number | undefined

  constructor(capacity: number) {
    this.near = new Uint32Array(capacity)
  }

  get(index: number): number {
    return this.far ? (this.far[index] ?? 0) : (this.base ?? 0) + (this.near[index] ?? 0)
  }

  set(index: number, at: number): void {
    if (!this.far) {
      this.base ??= at - reach
      const offset = at - this.base
      // compared as it will be read, since fractions and large numbers are rounded
      if (offset === offset >>> 0 && this.base + offset === at) {
        this.near[index] = offset
        return
      }
      this.widen()
    }
    if (this.far) this.far[index] = at
  }

  resize(capacity: number): void {
    if (this.far) this.far = new Float64Array(this.far.buffer.transfer(capacity * 8))
    else this.near = new Uint32Array(this.near.buffer.transfer(capacity * 4))
  }

  /** Forgets all times. */
  clear(capacity: number): void {
    this.near = new Uint32Array(capacity)
    this.far = undefined
    this.base = undefined
  }

  private widen(): void {
    const { base = 0 } = this
    this.far = Float64Array.from(this.near, (offset) => base + offset)
    this.near = new Uint32Array(0)
  }
}
