/** Loaded before an agent by a test: moves its wall clock by as many milliseconds as a file says. The monotonic clock goes on. */
import { readFileSync } from 'node:fs'

const file = process.env.RAMPART_TEST_CLOCK ?? ''
let offsetMs = 0
setInterval(() => {
  try {
    offsetMs = Number(readFileSync(file, 'utf8')) || 0
  } catch {}
}, 20).unref()
const real = Date.now
Date.now = () => real() + offsetMs
