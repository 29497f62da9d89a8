/** A page for administrators; others read why it shows nothing, and nothing of it is asked of the server for them. */
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { sessionQuery } from '../api/queries.ts'
import { EmptyState, LoadingLines } from './page-states.tsx'

interface Props {
  icon: ReactNode
  title: string
  words: string
  children: ReactNode
}

export function AdministratorsOnly({ icon, title, words, children }: Props) {
  const role = useQuery(sessionQuery).data?.user.role
  if (role === undefined) return <LoadingLines />
  if (role === 'administrator') return children
  return (
    <EmptyState icon={icon} title={title} heading="h1">
      {words}
    </EmptyState>
  )
}
