/** Every setting has a title and a meaning in both languages. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { settingNames } from '@rampart/policy'

for (const language of ['en', 'zh'])
  test(`settings: ${language}`, () => {
    const file = new URL(`../src/messages/${language}/settings.json`, import.meta.url)
    const { fields } = JSON.parse(readFileSync(file, 'utf8')) as { fields: Record<string, Record<string, string>> }
    for (const name of settingNames) {
      const words = fields[name.replace('.', '-')]
      assert.ok(
        words?.title && words.meaning,
        `${name}: add fields.${name.replace('.', '-')} to ${language}/settings.json`,
      )
    }
  })
