/** Waiting in tests for what happens in its own time. */

/** Asks again until something is there, less and less often; returns it. Throws with its name when the limit is over. */
export async function until<Value>(
  what: string,
  look: () => Value | Promise<Value>,
  limitMs = 60_000,
): Promise<Exclude<NonNullable<Value>, false>> {
  const begin = performance.now()
  const end = begin + limitMs
  for (;;) {
    const found = await look()
    if (found) return found as Exclude<NonNullable<Value>, false>
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`)
    // The server takes so many requests a minute.
    const pause = Math.min(200, 20 + (performance.now() - begin) / 10)
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
}
