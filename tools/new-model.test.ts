import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseModel } from '@rampart/detection'
import { alertTypes, slugOf } from '@rampart/event'
import { loadModels, shippedModels } from '@rampart/models'

const models = mkdtempSync(join(tmpdir(), 'models-'))
after(() => rmSync(models, { recursive: true, force: true }))

function tool(name: string, ...args: string[]) {
  const script = fileURLToPath(new URL(name, import.meta.url))
  const done = spawnSync(process.execPath, [script, ...args, '--models', models], { encoding: 'utf8' })
  return { status: done.status, output: done.stdout + done.stderr }
}

/** One for each template. */
const types = alertTypes.filter((type) =>
  /^(Suspicious Process|Persistence|Unusual|Web App|Cloud|K8s|Other)/.test(type),
)

test('a scaffold of an alert type loads once its TODOs are filled in', () => {
  for (const type of types) {
    const made = tool('new-model.ts', type, `Thing: of ${type}`)
    assert.equal(made.status, 0, made.output)
    assert.match(made.output, /check-models/)
    const folder = join(models, slugOf(type), slugOf(`Thing: of ${type}`))
    const path = join(folder, 'rule.yml')
    const text = readFileSync(path, 'utf8')
      .replace('attack.TODO-tactic', 'attack.execution')
      .replace('attack.tTODO', 'attack.t1059')
      .replace('stages: [TODO]', 'stages: [Remote Control]')
      .replace(/\n {2}filter_known:\n.*\n/, '\n')
      .replace('condition: selection and not 1 of filter_*', 'condition: selection')
    assert.deepEqual(parseModel(text, path).issues, [], type)
    assert.equal(readdirSync(join(folder, 'samples/attack')).length, 1)
  }
})

test('a name is used once, and a wrong type is told the right ones', () => {
  assert.equal(tool('new-model.ts', 'Other', 'Thing: of Other').status, 2)
  const wrong = tool('new-model.ts', 'Suspicious', 'x')
  assert.equal(wrong.status, 2)
  assert.match(wrong.output, /Suspicious Process/)
})

test('the check names every TODO that is left, and what a model lacks', () => {
  rmSync(models, { recursive: true, force: true })
  cpSync(join(shippedModels, 'other/agent-silent'), join(models, 'other/agent-silent'), { recursive: true })
  assert.equal(tool('check-models.ts').status, 0, tool('check-models.ts').output)
  const path = join(models, 'other/agent-silent/rule.yml')
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, text.replace(/why: >-\n(?: {4}.*\n)+/, 'why: TODO\n').replace('type: Other', 'type: Persistence'))
  rmSync(join(models, 'other/agent-silent/samples/benign'), { recursive: true })
  writeFileSync(
    join(models, 'other/agent-silent/samples/attack/real.ndjson'),
    '{"type":"agent.state-changed","state":"silent","reason":"8.8.8.8"}\n',
  )
  const { status, output } = tool('check-models.ts')
  assert.equal(status, 1)
  for (const part of [
    'a TODO is left',
    'belongs into models/persistence/',
    'needs a benign sample',
    'first line must be',
    '8.8.8.8 is not',
  ])
    assert.ok(output.includes(part), `${part} is not in:\n${output}`)
  assert.equal(loadModels(models).models.length, 1)
})
