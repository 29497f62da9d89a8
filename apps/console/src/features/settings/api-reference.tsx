/** Every route of the API, to search and to unfold: parameters, body, answer, and with which codes it refuses. */
import { TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type ApiDescription, apiDescriptionQuery, type Operation, type Schema } from '../../api/api-description.ts'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import classes from './api-reference.module.css'

interface Entry {
  method: string
  path: string
  operation: Operation
}

export function ApiReference() {
  const { t } = useTranslation('settings')
  const description = useQuery(apiDescriptionQuery)
  const [words, setWords] = useState('')
  if (description.isPending) return <LoadingLines />
  if (description.error) return <ErrorState error={description.error} onRetry={() => void description.refetch()} />
  const found = entriesOf(description.data).filter((entry) => matches(entry, words))
  const tags = [...new Set(found.map(({ operation }) => operation.tags[0] ?? ''))]
  return (
    <div>
      <TextInput
        type="search"
        leftSection={<IconSearch size={14} />}
        aria-label={t('api.reference.find')}
        placeholder={t('api.reference.find')}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
      />
      <p className={classes.count} role="status">
        {t('api.reference.count', { count: found.length })}
      </p>
      {tags.map((tag) => (
        <section key={tag} aria-label={tag}>
          <h3 className={classes.tag}>{tag}</h3>
          {found
            .filter(({ operation }) => operation.tags[0] === tag)
            .map((entry) => (
              <Route key={entry.operation.operationId} entry={entry} description={description.data} />
            ))}
        </section>
      ))}
    </div>
  )
}

function Route({ entry: { method, path, operation }, description }: { entry: Entry; description: ApiDescription }) {
  const { t } = useTranslation('settings')
  const [open, setOpen] = useState(false)
  return (
    <details className={classes.route} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className={classes.method}>{method.toUpperCase()}</span>
        <code className={classes.path}>{path}</code>
        <span className={classes.summary}>{operation.summary}</span>
      </summary>
      {open && (
        <div className={classes.details}>
          <p>{operation.description}</p>
          <Fields
            title={t('api.reference.parameters')}
            rows={(operation.parameters ?? []).map(({ name, required, description: about, schema }) => ({
              name,
              required,
              type: typeOf(schema),
              about,
            }))}
          />
          <Body operation={operation} description={description} />
          <Fields
            title={t('api.reference.answer')}
            rows={fieldsOf(jsonOf(operation.responses[200])?.schema, description)}
          />
          <Refusals operation={operation} />
        </div>
      )}
    </details>
  )
}

function Body({ operation, description }: { operation: Operation; description: ApiDescription }) {
  const { t } = useTranslation('settings')
  const body = jsonOf(operation.requestBody)
  if (!body) return null
  return (
    <>
      <Fields title={t('api.reference.body')} rows={fieldsOf(body.schema, description)} />
      <pre className={classes.example}>{JSON.stringify(body.example, null, 2)}</pre>
    </>
  )
}

function Refusals({ operation }: { operation: Operation }) {
  const { t } = useTranslation('settings')
  const rows = Object.entries(operation.responses).flatMap(([status, answer]) =>
    Object.entries(jsonOf(answer)?.examples ?? {}).map(([code, { value }]) => ({
      name: code,
      required: false,
      type: status,
      about: String((value as { message?: unknown }).message ?? ''),
    })),
  )
  return <Fields title={t('api.reference.refusals')} rows={rows} />
}

interface FieldRow {
  name: string
  type: string
  required: boolean
  about: string | undefined
}

function Fields({ title, rows }: { title: string; rows: readonly FieldRow[] }) {
  const { t } = useTranslation('settings')
  if (rows.length === 0) return null
  return (
    <>
      <h4 className={classes.part}>{title}</h4>
      <dl className={classes.fields}>
        {rows.map(({ name, type, required, about }) => (
          <div key={`${name} ${type}`}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd>
              <span className={classes.type}>
                {type}
                {required && ` · ${t('api.reference.required')}`}
              </span>
              {about && <span> {about}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </>
  )
}

const jsonOf = (from: Operation['requestBody']) => from?.content?.['application/json']

function entriesOf({ paths }: ApiDescription): Entry[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  )
}

function matches({ method, path, operation }: Entry, words: string): boolean {
  const codes = Object.values(operation.responses).flatMap((answer) => Object.keys(jsonOf(answer)?.examples ?? {}))
  const text = [method, path, operation.operationId, operation.summary, ...codes].join(' ').toLowerCase()
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

function fieldsOf(schema: Schema | undefined, { components }: ApiDescription): FieldRow[] {
  const named = schema?.$ref ? components.schemas[nameOf(schema.$ref)] : schema
  return Object.entries(named?.properties ?? {}).map(([name, field]) => ({
    name,
    type: typeOf(field),
    required: named?.required?.includes(name) ?? false,
    about: field.description,
  }))
}

const nameOf = (reference: string) => reference.slice(reference.lastIndexOf('/') + 1)

/** A schema in a few words, e.g. `AlertRow[]`, `"a" | "b"`. */
function typeOf(schema: Schema): string {
  if (schema.$ref) return nameOf(schema.$ref)
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ')
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' | ')
  if (schema.items) return `${typeOf(schema.items)}[]`
  return [schema.type ?? 'any'].flat().join(' | ')
}
