/**
 * Pictures of every page of a running console, at several widths, light and dark, in both languages.
 * In: address of a server and credentials. Out: `<page>-<width>-<theme>-<language>.png` in a directory.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Browser, chromium, type Page } from 'playwright-core'
import { chromiumArguments } from './chromium.ts'

const usage = `usage: tools/node tools/screenshots.ts URL OUTPUT-DIRECTORY
  [--user admin] [--password …] [--pages alerts,alert,…] [--sizes 1440,1024,390]
  [--themes light,dark] [--languages en,zh] [--chromium /usr/bin/chromium]
`
const heights: Record<string, number> = { '1440': 900, '1024': 768, '390': 844 }

/** Path of each page; `:alert`, `:asset`, `:incident`, `:model` stand for the first one of the list. */
const addresses: Record<string, string> = {
  'sign-in': '/sign-in',
  overview: '/overview',
  alerts: '/alerts',
  'alerts-filtered': '/alerts?level=Urgent&last=7d',
  alert: '/alerts/:alert',
  'alert-processes': '/alerts/:alert?tab=processes',
  'alert-timeline': '/alerts/:alert?tab=timeline',
  'alert-graph': '/alerts/:alert?tab=graph',
  'alert-events': '/alerts/:alert?tab=events',
  'alert-related': '/alerts/:alert?tab=related',
  'alert-history': '/alerts/:alert?tab=history',
  'alert-full': '/alerts/:alert?view=full',
  incidents: '/incidents',
  incident: '/incidents/:incident',
  'incident-graph': '/incidents/:incident?tab=graph',
  'incident-alerts': '/incidents/:incident?tab=alerts',
  'incident-entities': '/incidents/:incident?tab=entities',
  'incident-history': '/incidents/:incident?tab=history',
  quarantine: '/quarantine',
  'ip-rules': '/ip-rules',
  tasks: '/tasks',
  whitelist: '/whitelist',
  assets: '/assets',
  asset: '/assets/:asset',
  'asset-packages': '/assets/:asset?tab=packages',
  'asset-ports': '/assets/:asset?tab=ports',
  'asset-accounts': '/assets/:asset?tab=accounts',
  'asset-services': '/assets/:asset?tab=services',
  'asset-changes': '/assets/:asset?tab=changes',
  inventory: '/inventory?name=open*',
  models: '/models',
  'models-attack': '/models?tab=attack',
  'models-list': '/models?tab=list',
  model: '/models/:model',
  settings: '/settings',
  account: '/settings/account',
  'server-settings': '/settings/server',
  users: '/settings/users',
  audit: '/settings/audit',
  notifications: '/settings/notifications',
  api: '/settings/api',
  about: '/settings/about',
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    user: { type: 'string', default: 'admin' },
    password: { type: 'string', default: '' },
    pages: { type: 'string', default: Object.keys(addresses).join(',') },
    sizes: { type: 'string', default: '1440,1024,390' },
    themes: { type: 'string', default: 'light,dark' },
    languages: { type: 'string', default: 'en,zh' },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
  },
})
const [server, output] = positionals
if (!server || !output) {
  process.stderr.write(usage)
  process.exit(2)
}
mkdirSync(output, { recursive: true })

const browser = await chromium.launch({
  executablePath: values.chromium,
  args: chromiumArguments,
})
try {
  const cookies = await signIn(browser)
  for (const theme of values.themes.split(',')) {
    for (const language of values.languages.split(',')) {
      for (const size of values.sizes.split(',')) await takeAll(theme, language, size, cookies)
    }
  }
} finally {
  await browser.close()
}

type Cookies = Awaited<ReturnType<Awaited<ReturnType<Browser['newContext']>>['cookies']>>

/** Signs in once; the pages share the session. */
async function signIn(with_: Browser): Promise<Cookies> {
  const context = await with_.newContext({ ignoreHTTPSErrors: true })
  const response = await context.request.post(`${server}/api/v1/session`, {
    data: { username: values.user, password: values.password || 'x' },
  })
  if (!response.ok()) throw new Error(`sign-in failed: ${response.status()} ${await response.text()}`)
  const cookies = await context.cookies()
  await context.close()
  return cookies
}

async function takeAll(theme: string, language: string, size: string, cookies: Cookies): Promise<void> {
  const width = Number(size)
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width, height: heights[size] ?? 900 },
    deviceScaleFactor: width < 500 ? 2 : 1,
    hasTouch: width < 500,
    colorScheme: theme === 'dark' ? 'dark' : 'light',
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
  })
  await context.addCookies(cookies)
  await context.addInitScript(
    ([chosenTheme, chosenLanguage]) => {
      localStorage.setItem('rampart.theme', chosenTheme ?? 'light')
      localStorage.setItem('rampart.language', chosenLanguage ?? 'en')
    },
    [theme, language],
  )
  const page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error') process.stderr.write(`${page.url()}: ${message.text()}\n`)
  })
  page.on('pageerror', (error) => process.stderr.write(`${page.url()}: ${error.message}\n`))
  for (const name of values.pages.split(',')) {
    const path = await resolve(page, addresses[name] ?? name)
    if (!path) continue
    if (name === 'sign-in') await context.clearCookies()
    await page.goto(`${server}${path}`)
    await page.locator('h1').first().waitFor({ timeout: 20_000 })
    await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached', timeout: 10_000 })
    await page.waitForTimeout(250)
    await page.screenshot({
      path: join(output ?? '.', `${name.replace(/[^\w-]+/g, '-').replace(/^-/, '')}-${size}-${theme}-${language}.png`),
    })
    if (name === 'sign-in') await context.addCookies(cookies)
  }
  await context.close()
}

/** Puts the first alert, asset or model into a path; undefined when there is none. */
async function resolve(page: Page, path: string): Promise<string | undefined> {
  const lists: Record<string, string> = {
    ':alert': '/api/v1/alerts?limit=1&sort=level',
    ':asset': '/api/v1/assets?limit=1',
    ':incident': '/api/v1/incidents?state=all&limit=1&sort=level',
    ':model': '/api/v1/models',
  }
  for (const [name, list] of Object.entries(lists)) {
    if (!path.includes(name)) continue
    const answer = (await (await page.request.get(`${server}${list}`)).json()) as { items?: { id: string }[] }
    const id = answer.items?.[0]?.id
    if (!id) return undefined
    return path.replace(name, encodeURIComponent(id))
  }
  return path
}
