/** The built console in a real browser over invented data, for the tests of one file. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, type TestContext } from 'node:test'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { chromiumArguments } from '../../../tools/chromium.ts'
import { tellShownPage } from '../../../tools/shown-page.ts'
import { type BuiltConsole, buildConsole } from './built-console.ts'
import { type FixtureServer, startFixture } from './fixture/server.ts'

const executablePath = process.env.RAMPART_CHROMIUM ?? '/usr/bin/chromium'
export const skip = existsSync(executablePath) ? false : `no browser at ${executablePath}`
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const wide = { width: 1440, height: 900 }
export const telephone = { width: 390, height: 844 }

export let server: FixtureServer
let built: BuiltConsole
let browser: Browser

before(async () => {
  if (skip) return
  built = await buildConsole()
  server = await startFixture({ dist: built.dist })
  browser = await chromium.launch({ executablePath, args: chromiumArguments })
})
after(async () => {
  await browser?.close()
  await server?.close()
  built?.remove()
})

/** A server of one test's own: what that test changes, no other sees. */
export async function ownServer(
  t: TestContext,
  options: Partial<Parameters<typeof startFixture>[0]> = {},
): Promise<FixtureServer> {
  const own = await startFixture({ dist: built.dist, ...options })
  t.after(() => own.close())
  return own
}

export interface Opened {
  page: Page
  context: BrowserContext
  /** What the browser complained about: errors of scripts, breaches of the policy. */
  complaints: string[]
}

export interface Look {
  theme?: 'light' | 'dark'
  language?: 'en' | 'zh'
  size?: { width: number; height: number }
  of?: FixtureServer
  signedIn?: boolean
}

export async function open(t: TestContext, path: string, look: Look = {}): Promise<Opened> {
  const { theme = 'light', language = 'en', size = wide, of = server, signedIn = true } = look
  const context = await browser.newContext({ viewport: size, colorScheme: theme, reducedMotion: 'reduce' })
  if (signedIn) await context.addCookies([{ name: 'fixture', value: 'in', url: of.url }])
  await context.addInitScript((chosen) => localStorage.setItem('rampart.language', chosen), language)
  const page = await context.newPage()
  page.setDefaultTimeout(15_000)
  const complaints: string[] = []
  t.after(async () => {
    await tellShownPage(t, page, complaints)
    await context.close()
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text())
  })
  await page.goto(`${of.url}${path}`)
  return { page, context, complaints }
}

/** Axe runs in the page through the debugger, which the policy does not bind; it leaves no trace in the product. */
export async function violations(page: Page): Promise<string[]> {
  await page.waitForFunction(() => !document.querySelector('.mantine-Skeleton-root'))
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== 'running'))
  await page.evaluate(readFileSync(axePath, 'utf8'))
  const found = await page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: { run: () => Promise<{ violations: AxeViolation[] }> } }).axe
    const result = await axe.run()
    return result.violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html.slice(0, 160)) }))
  })
  return found.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).join(' | ')}`)
}
interface AxeViolation {
  id: string
  nodes: { html: string }[]
}
