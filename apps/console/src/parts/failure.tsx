/** What the server refused, and what to do about it; nothing as long as nothing failed. Read out when it appears. */
import type { ReactNode } from 'react'
import classes from './failure.module.css'
import { useErrorWords } from './page-states.tsx'

/** `children` stand behind the advice, for what only this place knows. */
export function Failure({ error, children }: { error: unknown; children?: ReactNode }) {
  const words = useErrorWords()
  if (!error) return null
  const { title, advice } = words(error)
  return (
    <p role="alert" className={classes.failure}>
      <strong>{title}</strong> {advice}
      {children && <> {children}</>}
    </p>
  )
}
