/** All pages of the console and their addresses. Every page is loaded when it is first opened. */
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { ApiFailure, queryString } from './api/client.ts'
import { sessionQuery } from './api/queries.ts'
import { readAlertSearch } from './features/alerts/search.ts'
import { readAssetSearch } from './features/assets/search.ts'
import { readAssetTab } from './features/assets/tab-search.ts'
import { readIncidentSearch, readIncidentTab } from './features/incidents/search.ts'
import { readInventorySearch } from './features/inventory/search.ts'
import { readRuleSearch } from './features/ip-rules/search.ts'
import { readModelSearch } from './features/models/search.ts'
import { readEventSearch } from './features/search/search.ts'
import { loadPageMessages } from './messages/index.ts'
import { NotFound, PageFailure } from './shell/failures.tsx'

/** A page that needs words besides those of the first load. */
const lazyPage = <Name extends string>(load: () => Promise<Record<Name, () => ReactNode>>, name: Name) =>
  lazyRouteComponent(async () => (await Promise.all([load(), loadPageMessages()]))[0], name)

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: PageFailure,
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { next?: string } => (typeof search.next === 'string' ? { next: search.next } : {}),
  component: lazyRouteComponent(() => import('./features/sign-in/page.tsx'), 'SignInPage'),
})

/** Everything behind the sign-in, inside of the shell. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: lazyRouteComponent(() => import('./shell/shell.tsx'), 'Shell'),
  beforeLoad: async ({ context, location }) => {
    const next = location.href === '/' ? {} : { next: location.href }
    try {
      const session = await context.client.ensureQueryData(sessionQuery)
      if (session.mustChangePassword || session.mustSetUpSecondFactor) throw redirect({ to: '/sign-in', search: next })
    } catch (error) {
      if (error instanceof ApiFailure && error.status === 401) throw redirect({ to: '/sign-in', search: next })
      throw error
    }
  },
})

const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/alerts' })
  },
})

const overview = createRoute({
  getParentRoute: () => inside,
  path: '/overview',
  component: lazyPage(() => import('./features/overview/page.tsx'), 'OverviewPage'),
})

const alerts = createRoute({
  getParentRoute: () => inside,
  path: '/alerts',
  validateSearch: readAlertSearch,
  component: lazyRouteComponent(() => import('./features/alerts/page.tsx'), 'AlertsPage'),
})
const alert = createRoute({ getParentRoute: () => alerts, path: '$alertId' })

const incidents = createRoute({
  getParentRoute: () => inside,
  path: '/incidents',
  validateSearch: readIncidentSearch,
  component: lazyPage(() => import('./features/incidents/page.tsx'), 'IncidentsPage'),
})
const incident = createRoute({
  getParentRoute: () => inside,
  path: '/incidents/$incidentId',
  validateSearch: readIncidentTab,
  component: lazyPage(() => import('./features/incidents/incident-page.tsx'), 'IncidentPage'),
})

const assets = createRoute({
  getParentRoute: () => inside,
  path: '/assets',
  validateSearch: readAssetSearch,
  component: lazyPage(() => import('./features/assets/page.tsx'), 'AssetsPage'),
})
const asset = createRoute({
  getParentRoute: () => inside,
  path: '/assets/$assetId',
  validateSearch: readAssetTab,
  component: lazyPage(() => import('./features/assets/asset-page.tsx'), 'AssetPage'),
})

const inventory = createRoute({
  getParentRoute: () => inside,
  path: '/inventory',
  validateSearch: readInventorySearch,
  component: lazyPage(() => import('./features/inventory/page.tsx'), 'InventoryPage'),
})

const models = createRoute({
  getParentRoute: () => inside,
  path: '/models',
  validateSearch: readModelSearch,
  component: lazyPage(() => import('./features/models/page.tsx'), 'ModelsPage'),
})
const model = createRoute({
  getParentRoute: () => inside,
  path: '/models/$modelId',
  component: lazyPage(() => import('./features/models/model-page.tsx'), 'ModelPage'),
})

const whitelist = createRoute({
  getParentRoute: () => inside,
  path: '/whitelist',
  component: lazyPage(() => import('./features/whitelist/page.tsx'), 'WhitelistPage'),
})

const search = createRoute({
  getParentRoute: () => inside,
  path: '/search',
  validateSearch: readEventSearch,
  component: lazyPage(() => import('./features/search/page.tsx'), 'SearchPage'),
})

/** The frame of the settings pages. */
const settings = createRoute({
  getParentRoute: () => inside,
  path: '/settings',
  component: lazyPage(() => import('./shell/settings-layout.tsx'), 'SettingsLayout'),
})
const general = createRoute({
  getParentRoute: () => settings,
  path: '/',
  component: lazyPage(() => import('./features/settings/page.tsx'), 'SettingsPage'),
})

const account = createRoute({
  getParentRoute: () => settings,
  path: 'account',
  component: lazyPage(() => import('./features/account/page.tsx'), 'AccountPage'),
})

const serverSettings = createRoute({
  getParentRoute: () => settings,
  path: 'server',
  component: lazyPage(() => import('./features/settings/server-page.tsx'), 'ServerSettingsPage'),
})

const users = createRoute({
  getParentRoute: () => settings,
  path: 'users',
  component: lazyPage(() => import('./features/people/users-page.tsx'), 'UsersPage'),
})

const audit = createRoute({
  getParentRoute: () => settings,
  path: 'audit',
  component: lazyPage(() => import('./features/people/audit-page.tsx'), 'AuditPage'),
})

const notifications = createRoute({
  getParentRoute: () => settings,
  path: 'notifications',
  component: lazyPage(() => import('./features/notifications/page.tsx'), 'NotificationsPage'),
})

const api = createRoute({
  getParentRoute: () => settings,
  path: 'api',
  component: lazyPage(() => import('./features/settings/api-page.tsx'), 'ApiPage'),
})

const about = createRoute({
  getParentRoute: () => settings,
  path: 'about',
  component: lazyPage(() => import('./features/settings/about-page.tsx'), 'AboutPage'),
})

const quarantine = createRoute({
  getParentRoute: () => inside,
  path: '/quarantine',
  component: lazyPage(() => import('./features/quarantine/page.tsx'), 'QuarantinePage'),
})

const ipRules = createRoute({
  getParentRoute: () => inside,
  path: '/ip-rules',
  validateSearch: readRuleSearch,
  component: lazyPage(() => import('./features/ip-rules/page.tsx'), 'IpRulesPage'),
})

const tasks = createRoute({
  getParentRoute: () => inside,
  path: '/tasks',
  component: lazyPage(() => import('./features/tasks/page.tsx'), 'TasksPage'),
})

const tree = root.addChildren([
  signIn,
  inside.addChildren([
    home,
    overview,
    alerts.addChildren([alert]),
    incidents,
    incident,
    assets,
    asset,
    inventory,
    models,
    model,
    whitelist,
    search,
    settings.addChildren([general, account, serverSettings, users, audit, notifications, api, about]),
    quarantine,
    ipRules,
    tasks,
  ]),
])

export function createConsoleRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { client },
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    scrollRestoration: false,
    parseSearch,
    stringifySearch: (search) => queryString(search),
  })
}

/** `?level=Urgent&level=Warning` → `{ level: ['Urgent', 'Warning'] }`: the API's own query strings, readable and typed by hand. */
function parseSearch(text: string): Record<string, string | string[]> {
  const search: Record<string, string | string[]> = {}
  for (const [name, value] of new URLSearchParams(text)) {
    const before = search[name]
    search[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]
  }
  return search
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>
  }
}
