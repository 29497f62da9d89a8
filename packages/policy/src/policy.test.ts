import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AlertType, alertTypes, type Edition, editions } from '@rampart/event'
import { type DecidedAsset, defenceItems, hasFeature, protects, raises, type Switches } from './index.ts'

const nothingDecided: Switches = { items: new Map(), scopes: new Map(), models: new Map() }
const asset: DecidedAsset = { id: 'a1', group: 'web', edition: 'Enterprise' }
const finding = { modelId: 'm1', type: 'Persistence', level: 'Urgent' } as const

test('there is one item per alert type, and the value-added ones and Kubernetes are off', () => {
  assert.equal(defenceItems.length, 21)
  assert.equal(new Set(defenceItems.map((item) => item.id)).size, 21)
  const off = defenceItems.filter((item) => !item.onByDefault).map((item) => item.id)
  assert.deepEqual(off, ['tamper-protection', 'application-whitelist', 'k8s-abnormal-behavior'])
})

test('a finding is raised unless its item or its model is off', () => {
  assert.equal(raises(finding, asset, nothingDecided), true)
  assert.equal(raises({ ...finding, type: 'K8s Abnormal Behavior' }, asset, nothingDecided), false)
  assert.equal(raises(finding, asset, { ...nothingDecided, models: new Map([['m1', false]]) }), false)
  assert.equal(raises(finding, asset, { ...nothingDecided, items: new Map([['persistence', false]]) }), false)
  const kubernetesOn = { ...nothingDecided, items: new Map([['k8s-abnormal-behavior', true]]) }
  assert.equal(raises({ ...finding, type: 'K8s Abnormal Behavior' }, asset, kubernetesOn), true)
})

test('an item with a scope protects the assets of its groups and those that it names', () => {
  const item = { id: 'persistence', onByDefault: true }
  const scoped = (groups: string[], assets: string[]) => ({
    ...nothingDecided,
    scopes: new Map([['persistence', { groups, assets }]]),
  })
  assert.equal(protects(item, asset, scoped(['web'], [])), true)
  assert.equal(protects(item, asset, scoped(['db'], [])), false)
  assert.equal(protects(item, asset, scoped([], ['a1'])), true)
  assert.equal(protects(item, { ...asset, group: null }, scoped(['web'], ['a2'])), false)
  assert.equal(raises(finding, asset, scoped(['db'], [])), false)
  assert.equal(raises({ ...finding, type: 'Webshell' }, asset, scoped(['db'], [])), true, 'other items are untouched')
})

/** The table of the specification: the least edition of each type. Written out here, so that a change shows. */
const expected: Record<AlertType, Edition> = {
  'Tamper Protection': 'Basic',
  'Suspicious Process': 'Advanced',
  Webshell: 'Basic',
  'Unusual Logon': 'Basic',
  'Suspicious Event': 'Advanced',
  'Sensitive File Tampering': 'Advanced',
  'Malicious Process': 'Anti-virus',
  'Unusual Network Connection': 'Advanced',
  Other: 'Basic',
  'Suspicious Account': 'Advanced',
  'Application intrusion event': 'Advanced',
  'Cloud threat detection': 'Enterprise',
  'Precision defense': 'Anti-virus',
  'Application Whitelist': 'Basic',
  Persistence: 'Advanced',
  'Web Application Threat Detection': 'Advanced',
  'Malicious scripts': 'Advanced',
  'Threat intelligence': 'Advanced',
  'Malicious Network Activity': 'Advanced',
  'K8s Abnormal Behavior': 'Enterprise',
  'Trusted exception': 'Advanced',
}
const allOn = { ...nothingDecided, items: new Map(defenceItems.map((item) => [item.id, true])) }

for (const type of alertTypes)
  test(`${type}: raised from ${expected[type]} on`, () => {
    const raising = editions.filter((edition) => raises({ ...finding, type }, { ...asset, edition }, allOn))
    assert.deepEqual(raising, editions.slice(editions.indexOf(expected[type])))
  })

test('Basic reports the certain webshells only, and a model may ask for more than its type', () => {
  const basic = { ...asset, edition: 'Basic' } as const
  const webshell = { ...finding, type: 'Webshell' } as const
  assert.equal(raises(webshell, basic, nothingDecided), true)
  assert.equal(raises({ ...webshell, level: 'Warning' }, basic, nothingDecided), false)
  assert.equal(raises({ ...webshell, level: 'Warning' }, { ...asset, edition: 'Anti-virus' }, nothingDecided), true)
  const checked = { ...finding, type: 'Unusual Logon', edition: 'Advanced' } as const
  assert.equal(raises(checked, basic, nothingDecided), false)
  assert.equal(raises(checked, { ...asset, edition: 'Advanced' }, nothingDecided), true)
  // A model cannot ask for less.
  const less = { ...finding, edition: 'Basic' } as const
  assert.equal(raises(less, basic, nothingDecided), false)
})

test('features of editions', () => {
  assert.deepEqual(
    editions.map((edition) => [
      hasFeature(edition, 'brute-force defence'),
      hasFeature(edition, 'attack source tracing'),
    ]),
    [
      [false, false],
      [false, false],
      [true, false],
      [true, true],
    ],
  )
})
