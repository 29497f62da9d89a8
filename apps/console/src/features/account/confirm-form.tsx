/** A small form of a dialog: what will happen, one button, and the failure when it did not. */
import { Button, Group } from '@mantine/core'
import type { FormEvent, ReactNode } from 'react'
import { useErrorWords } from '../../parts/page-states.tsx'
import classes from './page.module.css'

export function ConfirmForm(props: {
  label: string
  pending: boolean
  error: unknown
  danger?: boolean
  onSubmit: () => void
  children: ReactNode
}) {
  const words = useErrorWords()
  const failure = props.error ? words(props.error) : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    props.onSubmit()
  }
  return (
    <form className={classes.form} onSubmit={submit}>
      {props.children}
      {failure && (
        <p className={classes.failure} role="alert">
          <strong>{failure.title}</strong> {failure.advice}
        </p>
      )}
      <Group justify="flex-end">
        <Button type="submit" loading={props.pending} {...(props.danger && { color: 'red' })}>
          {props.label}
        </Button>
      </Group>
    </form>
  )
}
