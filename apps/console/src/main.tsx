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
import { startMessages } from './messages/index.ts'
import { createConsoleRouter } from './router.tsx'
import { applyColorScheme, colorSchemeManager } from './theme/color-scheme.ts'
import { adoptThemeVariables, theme } from './theme/theme.ts'

applyColorScheme()
adoptThemeVariables()
await startMessages()

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

// A session that ended elsewhere or by age: any 401, or a password that must be changed, leads to the sign-in page and back afterwards.
client.getQueryCache().subscribe((event) => {
  if (event.type !== 'updated' || event.action.type !== 'error') return
  const error = event.action.error
  if (!(error instanceof ApiFailure) || event.query.queryKey[0] === 'session') return
  if (error.status !== 401 && error.code !== 'session.password-change-required') return
  client.removeQueries({ queryKey: ['session'] })
  void router.invalidate()
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
