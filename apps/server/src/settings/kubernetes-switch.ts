/** The K8s toggle: one decision that is a setting and a defence item; the setting is the one that counts. */
import type { SwitchBoard } from '../store/switches.ts'
import type { Settings } from './settings.ts'

export const kubernetesItem = 'k8s-abnormal-behavior'

export function joinKubernetesSwitch(settings: Settings, switches: SwitchBoard): void {
  const { source, value } = settings.state('general.kubernetes')
  const decided = switches.items.get(kubernetesItem)
  // Decided on the defence item before there was the setting.
  if (source === 'default' && decided !== undefined && decided !== value)
    settings.change({ 'general.kubernetes': decided })
  const follow = () => {
    const enabled = settings.get('general.kubernetes')
    if (switches.items.get(kubernetesItem) !== enabled) switches.switchItem(kubernetesItem, enabled)
  }
  if (settings.state('general.kubernetes').source !== 'default') follow()
  settings.onChange(['general.kubernetes'], follow)
}
