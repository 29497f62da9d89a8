/** The pages of the rail, in order, with their icons and shortcut letters. */
import {
  IconAffiliate,
  IconAlertHexagon,
  IconBan,
  IconChecklist,
  IconFileOff,
  IconLayoutDashboard,
  IconListCheck,
  IconSearch,
  IconServer2,
  IconSettings,
  IconShieldSearch,
} from '@tabler/icons-react'

export const pages = [
  { name: 'overview', to: '/overview', icon: IconLayoutDashboard, letter: 'o' },
  { name: 'alerts', to: '/alerts', icon: IconAlertHexagon, letter: 'a' },
  { name: 'incidents', to: '/incidents', icon: IconAffiliate, letter: 'i' },
  { name: 'search', to: '/search', icon: IconSearch, letter: 'e' },
  { name: 'assets', to: '/assets', icon: IconServer2, letter: 's' },
  { name: 'models', to: '/models', icon: IconShieldSearch, letter: 'm' },
  { name: 'whitelist', to: '/whitelist', icon: IconListCheck, letter: 'w' },
  { name: 'quarantine', to: '/quarantine', icon: IconFileOff, letter: 'q' },
  { name: 'ipRules', to: '/ip-rules', icon: IconBan, letter: 'p' },
  { name: 'tasks', to: '/tasks', icon: IconChecklist, letter: 't' },
  { name: 'settings', to: '/settings', icon: IconSettings, letter: ',' },
] as const
