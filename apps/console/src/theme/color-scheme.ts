/** Light, dark or the system's choice: applied before the first paint, remembered, switchable. */
import { localStorageColorSchemeManager } from '@mantine/core'

export const colorSchemeManager = localStorageColorSchemeManager({ key: 'rampart.theme' })

/** Marks the document with the scheme to show. Mantine keeps it up to date afterwards. */
export function applyColorScheme(): void {
  const chosen = colorSchemeManager.get('auto')
  const system = window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  document.documentElement.setAttribute('data-mantine-color-scheme', chosen === 'auto' ? system : chosen)
}
