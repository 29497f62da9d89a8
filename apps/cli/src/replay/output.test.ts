/** Lines of matches are put together from parts that are kept: they say the same as if made each by itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Model } from '@rampart/detection'
import { visibleJson, visibleText } from '@rampart/event'
import { createMatchLine } from './output.ts'

const hostile = ['x.ndjson', 'a"b\\c.json', 'a\u202e\n.log', 'lone\ud800', `archive.zip/${'long/'.repeat(40)}x`, '']
const models = ['Plain', 'Title "\u001b[31m"', ''].map((title, index) => ({
  id: `rule-${index}`,
  title,
  sigmaLevel: 'high',
}))

test('whatever files and titles are called, in any order', () => {
  const [json, text] = [createMatchLine(true), createMatchLine(false)]
  for (let round = 0; round < 3; round++)
    for (const file of hostile)
      for (const model of [...models, undefined])
        for (const record of [1, 90_071, 0]) {
          const rule = model?.id ?? 'gone'
          const [title, level] = [model?.title ?? '', model?.sigmaLevel ?? '']
          const made = model as unknown as Model | undefined
          assert.equal(json(made, rule, file, record), `${visibleJson({ rule, title, level, file, record })}\n`)
          assert.equal(
            text(made, rule, file, record),
            `${visibleText(`${file}:${record}`)}  ${level}  ${visibleText(title)}  ${rule}\n`,
          )
        }
})

test('of the name of a file that is too long the beginning is shown, and the number of the record all the same', () => {
  const line = createMatchLine(false)(undefined, 'rule', 'x'.repeat(1000), 12)
  assert.match(line, /^x{400}…:12 {2}/)
})
