/** Handlers of routes/settings.ts. */
import type { Setting, SettingsView } from '@rampart/api'
import { settings as definitions, type SettingDefinition } from '@rampart/policy'
import type { Announcer } from '../../announcer.ts'
import type { Context } from '../../context.ts'
import type { SettingState } from '../../settings/settings.ts'
import type { Handlers } from '../call.ts'
import { Refused } from '../refused.ts'

export function settingHandlers(
  context: Context,
  announcer: Announcer,
): Pick<Handlers, 'listSettings' | 'changeSettings'> {
  const { settings } = context
  const view = (): SettingsView => ({
    file: settings.path,
    items: settings.all().map(toSetting),
    problems: [...settings.problems],
  })
  return {
    async listSettings() {
      return view()
    },
    async changeSettings({ body, addDetail }) {
      const changed = settings.change(body.values)
      if (!changed.ok) {
        const { code } = changed.error
        return new Refused(code === 'settings.pinned' || code === 'settings.file-only' ? 409 : 400, changed.error)
      }
      addDetail({ values: undefined, changes: changed.value })
      announcer.countsChanged()
      return view()
    },
  }
}

function toSetting(state: SettingState): Setting {
  const definition: SettingDefinition = definitions[state.name]
  const plain = (value: unknown) => (Array.isArray(value) ? [...value] : value) as Setting['value']
  return {
    ...state,
    kind: definition.kind,
    value: plain(state.value),
    default: plain(definition.default),
    meaning: definition.meaning,
    unit: definition.kind === 'number' ? definition.unit : null,
    min: definition.kind === 'number' ? definition.min : null,
    max: definition.kind === 'number' ? definition.max : null,
    choices: 'choices' in definition && definition.choices ? [...definition.choices] : null,
    takesEffect: definition.takesEffect,
    where: definition.where,
  }
}
