import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defenceItems, raises, type Switches } from './index.ts'

const nothingDecided: Switches = { items: new Map(), models: new Map() }

test('there is one item per alert type, and the value-added ones and Kubernetes are off', () => {
  assert.equal(defenceItems.length, 21)
  assert.equal(new Set(defenceItems.map((item) => item.id)).size, 21)
  const off = defenceItems.filter((item) => !item.onByDefault).map((item) => item.id)
  assert.deepEqual(off, ['tamper-protection', 'application-whitelist', 'k8s-abnormal-behavior'])
})

test('a finding is raised unless its item or its model is off', () => {
  const finding = { modelId: 'm1', type: 'Persistence' } as const
  assert.equal(raises(finding, nothingDecided), true)
  assert.equal(raises({ ...finding, type: 'K8s Abnormal Behavior' }, nothingDecided), false)
  assert.equal(raises(finding, { ...nothingDecided, models: new Map([['m1', false]]) }), false)
  assert.equal(raises(finding, { ...nothingDecided, items: new Map([['persistence', false]]) }), false)
  const kubernetesOn = { ...nothingDecided, items: new Map([['k8s-abnormal-behavior', true]]) }
  assert.equal(raises({ ...finding, type: 'K8s Abnormal Behavior' }, kubernetesOn), true)
})
