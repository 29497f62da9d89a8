// The program of a regular expression in, the length of the shortest text out that it may be found in.
import { operation, type Program, runeOperations } from './regex-automaton.ts'

/** In characters; assertions are taken to hold everywhere. */
export function shortestText({ inst, start }: Program): number {
  const seen = new Set<number>()
  let now = [start]
  for (let length = 0; now.length > 0; length++) {
    const next: number[] = []
    for (let number = now.pop(); number !== undefined; number = now.pop()) {
      if (seen.has(number)) continue
      seen.add(number)
      const instruction = inst[number]
      if (!instruction) continue
      const { op, out, arg } = instruction
      if (op === operation.match) return length
      if (op >= runeOperations.single && op <= runeOperations.anyButNewline) next.push(out)
      else if (op === operation.alternative || op === operation.alternativeMatch) now.push(out, arg)
      else if (op === operation.capture || op === operation.assertion || op === operation.nothing) now.push(out)
    }
    now = next
  }
  return 0
}
