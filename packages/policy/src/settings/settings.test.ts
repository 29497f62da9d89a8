import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearestSetting, type SettingDefinition, settingFault, settingNames, settings } from '../index.ts'

test('every setting has a name with its section, a default that is allowed, and a meaning', () => {
  for (const name of settingNames) {
    const definition: SettingDefinition = settings[name]
    assert.match(name, /^[a-z][A-Za-z]*\.[a-z][A-Za-z]*$/)
    assert.equal(settingFault(definition, definition.default), null, name)
    assert.match(definition.meaning, /\.$/, name)
  }
})

test('a value is held against its definition', () => {
  const idle = settings['sessions.idleMinutes']
  assert.equal(settingFault(idle, 5), null)
  for (const wrong of [4, 10_081, 5.5, '5', null, Number.NaN, true])
    assert.equal(settingFault(idle, wrong), 'must be a whole number from 5 to 10080 (minutes)')
  const roles = settings['signIn.secondFactorRoles']
  assert.equal(settingFault(roles, ['viewer', 'administrator']), null)
  for (const wrong of ['viewer', ['root'], ['viewer', 'viewer'], [1], {}])
    assert.notEqual(settingFault(roles, wrong), null)
  assert.notEqual(settingFault(settings['server.names'], ['a\u202eb']), null)
  assert.notEqual(settingFault(settings['server.listen'], 'x'.repeat(257)), null)
  assert.notEqual(settingFault(settings['general.kubernetes'], 'yes'), null)
  assert.notEqual(settingFault(settings['server.logLevel'], 'loud'), null)
})

test('a wrong name finds the one that was meant', () => {
  assert.equal(nearestSetting('sessions.idleMinute'), 'sessions.idleMinutes')
  assert.equal(nearestSetting('sessions.IDLEMINUTES'), 'sessions.idleMinutes')
  assert.equal(nearestSetting('session.idleMinutes'), 'sessions.idleMinutes')
  assert.equal(nearestSetting('general.idleMinutes'), 'sessions.idleMinutes')
  assert.equal(nearestSetting('colour'), null)
})
