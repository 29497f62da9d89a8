/** The pages of the settings, in order, with the role that each needs. */
import {
  IconAdjustments,
  IconApi,
  IconBell,
  IconHistory,
  IconInfoCircle,
  IconServerCog,
  IconUserCircle,
  IconUsers,
} from '@tabler/icons-react'

export const settingsPages = [
  { name: 'account', to: '/settings/account', icon: IconUserCircle, role: 'viewer' },
  { name: 'general', to: '/settings', icon: IconAdjustments, role: 'viewer' },
  { name: 'server', to: '/settings/server', icon: IconServerCog, role: 'administrator' },
  { name: 'users', to: '/settings/users', icon: IconUsers, role: 'administrator' },
  { name: 'audit', to: '/settings/audit', icon: IconHistory, role: 'administrator' },
  { name: 'notifications', to: '/settings/notifications', icon: IconBell, role: 'administrator' },
  { name: 'api', to: '/settings/api', icon: IconApi, role: 'viewer' },
  { name: 'about', to: '/settings/about', icon: IconInfoCircle, role: 'viewer' },
] as const

/** Those that somebody with this role can use. */
export const settingsPagesOf = (role: string | undefined) =>
  settingsPages.filter((page) => page.role === 'viewer' || page.role === role)
