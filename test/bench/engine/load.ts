// All SigmaHQ rules in a process that does nothing else: time until they are ready, and memory. `node --expose-gc load.ts`
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileSigma, parseSigma, windowsPipeline } from '@rampart/sigma'
import { printRows } from './rows.ts'

const beside = fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const folder = join(process.env.RAMPART_TEST_DATA ?? beside, 'sigma')
const bare = process.memoryUsage.rss()
const from = process.threadCpuUsage()
const documents = ['rules', 'rules-emerging-threats', 'rules-threat-hunting'].flatMap((part) =>
  readdirSync(join(folder, part), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yml'))
    .flatMap((file) => parseSigma(readFileSync(join(folder, part, file), 'utf8'), file).documents),
)
const { engine } = compileSigma(documents, windowsPipeline)
const used = process.threadCpuUsage(from)
documents.length = 0
const peak = process.resourceUsage().maxRSS * 1024
const gc = (globalThis as { gc?: () => void }).gc
for (let times = 0; gc && times < 3; times++) {
  gc()
  await new Promise((resolve) => setTimeout(resolve, 300))
}
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`
const flags = process.execArgv.filter((flag) => flag.includes('semi-space')).join(' ')
printRows([
  [`rules loaded${flags && `, ${flags}`}`, String(engine.stats.rules)],
  ['ready after, CPU time', `${((used.user + used.system) / 1e3).toFixed(0)} ms`],
  ['RSS before / at most / settled', [bare, peak, process.memoryUsage.rss()].map(megabytes).join(' / ')],
])
