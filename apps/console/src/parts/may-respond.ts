/** Whether the reader's role lets agents act. */
import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from '../api/queries.ts'

export function useMayRespond(): boolean {
  const role = useQuery(sessionQuery).data?.user.role
  return role === 'responder' || role === 'administrator'
}
