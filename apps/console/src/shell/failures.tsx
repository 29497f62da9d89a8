/** Pages for an address that does not exist and for a page that failed. */
import { Button } from '@mantine/core'
import { IconMapOff } from '@tabler/icons-react'
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { EmptyState, ErrorState } from '../parts/page-states.tsx'

export function NotFound() {
  const { t } = useTranslation('shell')
  return (
    <main>
      <EmptyState
        heading="h1"
        icon={<IconMapOff size={22} />}
        title={t('notFound.title')}
        action={
          <Button component={Link} to="/alerts" variant="default">
            {t('notFound.action')}
          </Button>
        }
      >
        {t('notFound.advice')}
      </EmptyState>
    </main>
  )
}

export function PageFailure({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  return (
    <main>
      <ErrorState
        error={error}
        onRetry={() => {
          reset()
          void router.invalidate()
        }}
      />
    </main>
  )
}
