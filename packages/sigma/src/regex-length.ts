// The program of a regular expression in, what every text out that it is found in has at least: characters in all, and
// of single ones.
import { type Instruction, operation, type Program, runeOperations } from './regex-automaton.ts'

/** Characters in all; assertions are taken to hold everywhere. */
export function shortestText(program: Program): number {
  return fewest(program, () => true)
}

/** How often single ASCII marks stand in every text at least, of those that do so more than once. */
export function repeatedMarks(program: Program): { mark: string; count: number }[] {
  const marks = new Set<string>()
  for (const instruction of program.inst) {
    const rune = onlyRune(instruction)
    if (rune !== undefined && rune > 32 && rune < 127) marks.add(String.fromCharCode(rune))
  }
  return [...marks]
    .filter((mark) => !/[a-zA-Z0-9"\\]/.test(mark))
    .slice(0, maxMarks)
    .map((mark) => ({ mark, count: fewest(program, (each) => onlyRune(each) === mark.charCodeAt(0)) }))
    .filter(({ count }) => count > 1)
}

/** Marks that are counted for one expression. */
const maxMarks = 8

/** The rune that an instruction reads, if it reads no other. */
function onlyRune({ op, runes }: Instruction): number | undefined {
  return op === runeOperations.singleOne ? runes[0] : undefined
}

/** Reading instructions that count, on the way to a match with the fewest of them. */
function fewest({ inst, start }: Program, counts: (instruction: Instruction) => boolean): number {
  const seen = new Set<number>()
  let now = [start]
  for (let count = 0; now.length > 0; count++) {
    const next: number[] = []
    for (let number = now.pop(); number !== undefined; number = now.pop()) {
      if (seen.has(number)) continue
      seen.add(number)
      const instruction = inst[number]
      if (!instruction) continue
      const { op, out, arg } = instruction
      if (op === operation.match) return count
      const reads = op >= runeOperations.single && op <= runeOperations.anyButNewline
      if (reads) (counts(instruction) ? next : now).push(out)
      else if (op === operation.alternative || op === operation.alternativeMatch) now.push(out, arg)
      else if (op === operation.capture || op === operation.assertion || op === operation.nothing) now.push(out)
    }
    now = next
  }
  return 0
}
