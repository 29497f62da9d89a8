/** The column of filter values with their counts under all other filters. */
import { levels, stages } from '@rampart/api/vocabulary'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { facetsQuery, sessionQuery } from '../../api/queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { LevelMark } from '../../parts/level-mark.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { usePreference } from '../../parts/preference.ts'
import { useFormats } from '../../parts/time.ts'
import classes from './facets.module.css'
import { type AlertSearch, filterOf } from './search.ts'

const facetNames = ['level', 'type', 'stage', 'assignee', 'state', 'kind', 'group'] as const
type FacetName = (typeof facetNames)[number]
/** Facets whose values have an order of their own; the others go by count. */
const ordered: Partial<Record<FacetName, readonly string[]>> = { level: levels, stage: stages }
const shownAtFirst = 7

export interface FacetsProps {
  search: AlertSearch
  onSearch: (change: Partial<AlertSearch>) => void
}

export function Facets(props: FacetsProps) {
  const { t } = useTranslation('alerts')
  return (
    <section className={classes.column} aria-label={t('facet.label')}>
      <FacetGroups {...props} />
    </section>
  )
}

export function FacetGroups({ search, onSearch }: FacetsProps) {
  const facets = useQuery(facetsQuery(filterOf(search)))
  const me = useQuery(sessionQuery).data?.user.name
  if (facets.error) return <ErrorState error={facets.error} onRetry={() => void facets.refetch()} />
  const { data } = facets
  if (!data) return <LoadingLines lines={14} />
  return facetNames.map((name) => (
    <FacetGroup
      key={name}
      name={name}
      counts={name === 'assignee' ? withMe(data[name], me) : data[name]}
      search={search}
      onSearch={onSearch}
    />
  ))
}

function FacetGroup({
  name,
  counts,
  search,
  onSearch,
}: FacetsProps & { name: FacetName; counts: Record<string, number> }) {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  const [folded, setFolded] = usePreference<FacetName[]>('alerts.folded', ['state', 'kind'])
  const [all, setAll] = useState(false)
  const chosen = search[name] ?? []
  const values = valuesOf(name, counts, chosen)
  if (values.length === 0) return null
  const isFolded = folded.includes(name)
  const toggle = (value: string) => {
    const next = chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value]
    onSearch({ [name]: next.length > 0 ? next : undefined })
  }
  return (
    <div className={classes.group}>
      <button
        type="button"
        className={classes.head}
        aria-expanded={!isFolded}
        onClick={() => setFolded(isFolded ? folded.filter((other) => other !== name) : [...folded, name])}
      >
        {isFolded ? <IconChevronRight size={14} /> : <IconChevronDown size={14} />}
        {t(`facet.${name}`)}
        {chosen.length > 0 && <span className={classes.chosen}>{chosen.length}</span>}
      </button>
      {!isFolded && (
        <ul className={classes.values}>
          {(all ? values : values.slice(0, shownAtFirst)).map((value) => (
            <li key={value}>
              <button
                type="button"
                role="checkbox"
                aria-checked={chosen.includes(value)}
                className={classes.value}
                onClick={() => toggle(value)}
              >
                <span className={classes.box} aria-hidden />
                {name === 'level' ? (
                  <LevelMark level={value as (typeof levels)[number]} words />
                ) : (
                  <span className={classes.words}>
                    <FacetWords name={name} value={value} />
                  </span>
                )}
                <span className={classes.count}>{formats.count(counts[value] ?? 0)}</span>
              </button>
            </li>
          ))}
          {values.length > shownAtFirst && (
            <li>
              <button type="button" className={classes.more} onClick={() => setAll(!all)}>
                {all ? t('facet.fewer') : t('facet.more', { count: values.length - shownAtFirst })}
              </button>
            </li>
          )}
        </ul>
      )}
    </div>
  )
}

/** The reader's own alerts go by `@me`, so that a shared link means each reader's own. */
function withMe(counts: Record<string, number>, me: string | undefined): Record<string, number> {
  if (me === undefined || counts[me] === undefined) return counts
  const { [me]: mine, ...others } = counts
  return { '@me': mine ?? 0, ...others }
}

function FacetWords({ name, value }: { name: FacetName; value: string }) {
  const { t } = useTranslation('alerts')
  const { t: word } = useTranslation('vocabulary')
  if (name === 'assignee' && value.startsWith('@')) return t(`facet.${value.slice(1)}`)
  if (name === 'group' || name === 'assignee') return <VisibleText value={value} />
  return word(`${name}.${value}`)
}

/** Values that occur or are chosen. */
function valuesOf(name: FacetName, counts: Record<string, number>, chosen: readonly string[]): string[] {
  const found = new Set([...Object.keys(counts).filter((value) => (counts[value] ?? 0) > 0), ...chosen])
  const order = ordered[name]
  if (order) return order.filter((value) => found.has(value))
  return [...found].sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a.localeCompare(b))
}
