/** Starts the console: theme, words, session, pages. */
import './theme/layers.css'
import '@mantine/core/styles.layer.css'
import './theme/fonts.css'
import './theme/base.css'
import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiFailure } from './api/client.ts'
import { sessionQuery } from './api/queries.ts'
import { startMessages } from './messages/index.ts'
import { createConsoleRouter } from './router.tsx'
import { applyColorScheme, colorSchemeManager } from './theme/color-scheme.ts'
import { adoptThemeVariables, theme } from './theme/theme.ts'

applyColorScheme()
adoptThemeVariables()
await startMessages()

const reloadedAt = 'rampart.reloadedAt'
const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiFailure && (error.status === 0 || error.status >= 500),
    },
  },
})
const router = createConsoleRouter(client)

const mustGoBack = ['session.password-change-required', 'session.second-factor-required']
/** A session that ended elsewhere or by age, or a password that must be changed, leads to the sign-in page and back. */
function signInAgain(error: unknown): void {
  if (!(error instanceof ApiFailure)) return
  if (error.status !== 401 && !mustGoBack.includes(error.code)) return
  client.removeQueries({ queryKey: sessionQuery.queryKey })
  void router.invalidate()
}
client.getQueryCache().subscribe((event) => {
  if (event.type !== 'updated' || event.action.type !== 'error' || event.query.queryKey[0] === 'session') return
  signInAgain(event.action.error)
})
client.getMutationCache().subscribe((event) => {
  // Wrong passwords answer 401 too: they belong to their form.
  if (event.type !== 'updated' || event.action.type !== 'error') return
  const { error } = event.action
  if (error instanceof ApiFailure && error.code === 'session.missing') signInAgain(error)
})

// After an update of the server, this page's parts have other names: load it again, at most once a minute.
window.addEventListener('vite:preloadError', (event) => {
  const last = Number(sessionStorage.getItem(reloadedAt) ?? 0)
  if (Date.now() - last < 60_000) return
  event.preventDefault()
  sessionStorage.setItem(reloadedAt, String(Date.now()))
  window.location.reload()
})

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemeManager}
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
