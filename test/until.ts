/** Waiting in tests for what happens in its own time. */

/** Asks again until something is there; returns it. Throws with its name when the limit is over. */
export async function until<Value>(
  what: string,
  look: () => Value | Promise<Value>,
  limitMs = 60_000,
): Promise<Exclude<NonNullable<Value>, false>> {
  const end = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found) return found as Exclude<NonNullable<Value>, false>
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
