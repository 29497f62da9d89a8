/** A fork, exec and wait loop, as fast as it goes or at a pace: `storm.ts <count> [<per second>]`. Prints µs of wall time and of CPU time (the shell's and its children's) per turn. */
import { spawnSync } from 'node:child_process'

const count = Number(process.argv[2])
const perSecond = Number(process.argv[3] ?? 0)
// The shell forks without Node's own weight; a paced loop starts as many as are due, ten times a second.
let cpuMs = 0
const burst = (turns: number) => {
  const script = `i=0; while [ $i -lt ${turns} ]; do /bin/true; i=$((i+1)); done; times`
  const { stdout } = spawnSync('/bin/sh', ['-c', script], { encoding: 'utf8' })
  for (const [, minutes, seconds] of stdout.matchAll(/(\d+)m([\d.]+)s/g))
    cpuMs += Number(minutes) * 60_000 + Number(seconds) * 1000
}
const start = performance.now()
if (perSecond === 0) burst(count)
else
  for (let done = 0; done < count; ) {
    const due = Math.min(count, Math.ceil(((performance.now() - start) / 1000) * perSecond))
    if (due > done) burst(due - done)
    done = Math.max(done, due)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  }
console.log(JSON.stringify({ wall: ((performance.now() - start) * 1000) / count, cpu: (cpuMs * 1000) / count }))
