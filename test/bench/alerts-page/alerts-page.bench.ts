/**
 * The Alerts page in a real browser with 100,000 open alerts in a real server: how long until what was asked for is drawn,
 * and how long each act keeps the page from answering (the Event Timing of the browser, from input to the next frame).
 * `tools/node test/bench/alerts-page/alerts-page.bench.ts [alerts]`.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { alertMigrations, Database, SqliteAlertStore } from '@rampart/alert'
import { chromium, type Page } from 'playwright-core'
import { buildConsole } from '../../../apps/console/test/built-console.ts'
import { TestConsole } from '../../../apps/server/src/testing/test-console.ts'
import { startTestServer, temporaryDirectory } from '../../../apps/server/src/testing/test-server.ts'
import { chromiumArguments, chromiumPath } from '../../../tools/chromium.ts'
import { FindingMaker } from '../alerts/findings.ts'

const total = Number(process.argv[2] ?? 100_000)
const rounds = 12
const directory = temporaryDirectory()
mkdirSync(join(directory, 'state'), { mode: 0o700 })
const opened = Database.open(join(directory, 'state/rampart.db'), alertMigrations)
if (!opened.ok) throw new Error(opened.error.message)
await new FindingMaker(Date.now()).fill(new SqliteAlertStore(opened.database), total)
opened.database.close()

const built = await buildConsole()
const running = await startTestServer({ stateDirectory: join(directory, 'state'), consoleDirectory: built.dist })
const { consoleUrl, firstUser } = running.server
const admin = new TestConsole(consoleUrl)
await admin.begin(firstUser ?? { name: '', password: '' }, 'a new and long password')
const browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArguments })
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
const [name = '', value = ''] = admin.cookie.split('=')
await context.addCookies([{ name, value, url: consoleUrl }])
await context.addInitScript(() => {
  localStorage.setItem('rampart.language', 'en')
  const durations: number[] = []
  Object.assign(globalThis, { durations })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if ('interactionId' in entry && entry.interactionId) durations.push(entry.duration)
  }).observe({ type: 'event', durationThreshold: 16, buffered: true } as never)
})
const page: Page = await context.newPage()
const rows = page.locator('[data-alert]')
const grid = page.getByRole('grid')
const settled = () => page.locator('[role=grid][aria-busy=false]').waitFor()

/** Of the acts since the last call, ms. */
const durationsSince = () =>
  page.evaluate(() => (globalThis as unknown as { durations?: number[] }).durations?.splice(0) ?? [])

const measured = new Map<string, { drawn: number[]; answered: number[] }>()
async function act(what: string, does: () => Promise<unknown>): Promise<void> {
  const entry = measured.get(what) ?? { drawn: [], answered: [] }
  measured.set(what, entry)
  await durationsSince()
  const from = performance.now()
  await does()
  entry.drawn.push(performance.now() - from)
  await page.waitForTimeout(120)
  entry.answered.push(...(await durationsSince()))
}
const at = (list: number[], part: number) => {
  const sorted = [...list].sort((one, other) => one - other)
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0)
}

for (let round = 0; round < rounds; round++) {
  await act('open the list', async () => {
    await page.goto(`${consoleUrl}/alerts`)
    await rows.first().waitFor()
  })
  await settled()
  await grid.hover()
  for (let pages = 0; pages < 5; pages++)
    await act('scroll by 2,000 px', async () => {
      const before = await rows.last().getAttribute('data-alert')
      await page.mouse.wheel(0, 2000)
      while ((await rows.last().getAttribute('data-alert')) === before) await page.waitForTimeout(2)
    })
  await page.keyboard.press('Home')
  await act('choose what is loaded', async () => {
    await page.keyboard.press('*')
    await page.getByRole('region', { name: 'Chosen alerts' }).waitFor()
  })
  await act('choose all that match', async () => {
    await page.getByRole('button', { name: /^Choose all / }).click()
    await page.getByText(`${total.toLocaleString('en')} chosen`).waitFor()
  })
  await page.keyboard.press('Escape')
  await act('click a filter value', async () => {
    await page.getByRole('checkbox', { name: /Urgent/ }).click()
    await page.getByRole('list', { name: 'Active filters' }).waitFor()
    await settled()
  })
  await act('open an alert beside the list', async () => {
    await rows.nth(3).click()
    await page
      .getByRole('article')
      .getByRole('tab', { name: /Overview/ })
      .waitFor()
  })
  await act('walk to the next alert', async () => {
    const before = page.url()
    await page.keyboard.press('j')
    await page.waitForURL((url) => url.href !== before)
  })
}
const drawnRows = await rows.count()
console.log(`${total} open alerts; ${drawnRows} rows of the list are drawn at once; ${rounds} rounds`)
console.table(
  [...measured].map(([what, { drawn, answered }]) => ({
    act: what,
    'drawn p50, ms': at(drawn, 0.5),
    'drawn p95, ms': at(drawn, 0.95),
    'page answers p50, ms': at(answered, 0.5),
    'page answers p95, ms': at(answered, 0.95),
  })),
)
await browser.close()
await running.server.stop()
built.remove()
rmSync(directory, { recursive: true, force: true })
