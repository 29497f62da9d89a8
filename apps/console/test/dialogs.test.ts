/** Every dialog, whatever it is about: named, closed by a named button, by Cancel and by Escape, clean for axe, and loud when the server refuses. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { until } from '../../../test/until.ts'
import { open, skip, telephone, violations } from './console-in-browser.ts'

const asset = '/assets/00000002-0000-4000-8000-000000000003'
const button = (page: Page | Locator, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' })
const item = (page: Page, name: string | RegExp) => page.getByRole('menuitem', { name })

interface Case {
  path: string
  title: string | RegExp
  /** What opens it. */
  show: (page: Page) => Promise<void>
  /** The button that does it, when it can be pressed at once. */
  refused?: string | RegExp
  /** Without a button to cancel. */
  only?: boolean
}

const cases: Record<string, Case> = {
  'a decision': {
    path: '/alerts/al-0',
    title: 'Mark as handled manually',
    show: (page) => button(page, 'Handled manually').click(),
  },
  'an operation on a host': {
    path: '/alerts/al-0',
    title: 'Kill process',
    show: async (page) => {
      await button(page, 'Respond').click()
      await item(page, 'Kill process').click()
    },
    refused: /Kill process/,
  },
  whitelisting: {
    path: '/alerts/al-0',
    title: 'Add to whitelist',
    show: async (page) => {
      await button(page, 'More').click()
      await item(page, 'Add to whitelist').click()
    },
  },
  'alike alerts': {
    path: '/alerts/al-0',
    title: 'Unhandled alerts that are like this one',
    show: (page) => button(page, 'Similar alerts (s)').click(),
    only: true,
  },
  'a batch': {
    path: '/alerts',
    title: /alert/,
    show: async (page) => {
      const bar = page.getByRole('region', { name: 'Chosen alerts' })
      const more = bar.getByRole('button', { name: 'More' })
      if ((await page.getByRole('checkbox', { name: /^Choose (?!all)/, checked: true }).count()) === 0)
        await page
          .getByRole('checkbox', { name: /^Choose (?!all)/ })
          .first()
          .click()
      await more.click()
      await item(page, 'Ignore').click()
    },
  },
  'a saved filter': {
    path: '/alerts?level=Urgent',
    title: 'Save this filter',
    show: async (page) => {
      await button(page, 'Saved filters').click()
      await item(page, 'Save this filter').click()
    },
  },
  'the defence items': {
    path: '/alerts',
    title: 'Defence items',
    show: (page) => button(page, /defence/i).click(),
    only: true,
  },
  'a new server': { path: '/assets', title: 'Add server', show: (page) => button(page, 'Add server').first().click() },
  'a change of a server': { path: asset, title: /^Change /, show: (page) => button(page, 'Change').click() },
  'an isolated host': {
    path: asset,
    title: 'Isolate host',
    show: (page) => button(page, 'Isolate host').click(),
    refused: 'Isolate host',
  },
  'a revoked agent': { path: asset, title: /^Revoke the agent/, show: (page) => button(page, 'Revoke agent').click() },
  'an agent removed': {
    path: asset,
    title: /^Uninstall the agent/,
    show: (page) => button(page, 'Uninstall agent').click(),
  },
  'a whole incident': {
    path: '/incidents/in-0',
    title: /./,
    show: (page) =>
      button(page, /^Handle/)
        .first()
        .click(),
  },
  'a new user': { path: '/settings/users', title: 'Add user', show: (page) => button(page, 'Add user').click() },
  'a user removed': {
    path: '/settings/users',
    title: 'Remove',
    show: async (page) => {
      await button(page, 'Actions for admin').click()
      await item(page, 'Remove').click()
    },
    refused: 'Remove',
  },
  'a new token': { path: '/settings/account', title: 'Make token', show: (page) => button(page, 'Make token').click() },
  'a new rule': { path: '/ip-rules', title: /./, show: (page) => button(page, 'Block an address').first().click() },
  'a file put back': {
    path: '/quarantine',
    title: 'Restore this file?',
    show: (page) => button(page, 'Restore').first().click(),
    refused: 'Restore',
  },
  'the keys': { path: '/alerts', title: 'Keyboard shortcuts', show: (page) => page.keyboard.press('?'), only: true },
}

for (const size of [undefined, telephone])
  for (const [name, { path, title, show, refused, only }] of Object.entries(cases)) {
    // Keys and wide tools are not there on a telephone.
    if (size && (only || name === 'a batch')) continue
    test(`${name}${size ? ' on a telephone' : ''}`, { skip }, async (t) => {
      const { page, complaints } = await open(t, path, size ? { size, theme: 'dark' } : {})
      await page.locator('h1, h2').first().waitFor()
      const dialog = page.getByRole('dialog', { name: title })
      const shown = async () => {
        await show(page)
        await dialog.waitFor()
      }
      await shown()
      await until('the focus is inside', () => dialog.evaluate((node) => node.contains(document.activeElement)))
      assert.deepEqual(await violations(page), [])
      if (process.env.SCREENSHOTS)
        await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}${size ? '-390' : ''}.png` })
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'detached' })
      // Back where it came from, and whoever walks by keys goes on from there.
      if (!only) await page.waitForFunction(() => document.activeElement !== document.body)
      await shown()
      await button(dialog, 'Close').click()
      await dialog.waitFor({ state: 'detached' })
      if (only) return
      await shown()
      await button(dialog, 'Cancel').click()
      await dialog.waitFor({ state: 'detached' })
      assert.deepEqual(complaints, [])
      if (!refused) return
      await page.route('**/api/v1/**', (route) =>
        route.request().method() === 'GET'
          ? route.fallback()
          : route.fulfill({
              status: 409,
              json: { code: 'response.not-offered', message: 'It does not fit any more.' },
            }),
      )
      await shown()
      await button(dialog, refused).last().click()
      await dialog.getByRole('alert').waitFor()
      assert.deepEqual(await violations(page), [])
    })
  }
