/** Which servers have it: a package below a version, a port, an account, a key … over all servers that one may see. */
import { ActionIcon, Button, Select, TextInput } from '@mantine/core'
import type { InventorySearchPage } from '@rampart/api'
import { IconArrowLeft, IconListSearch } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { inventorySearchQuery } from '../../api/queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { ThingTable } from '../../parts/inventory/thing-table.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { EmptyState, ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import table from '../../parts/table.module.css'
import { useFormats } from '../../parts/time.ts'
import classes from './page.module.css'
import { type InventorySearch, type SearchedKind, searchedKinds, type VersionTest, versionTests } from './search.ts'

export function InventoryPage() {
  const { t } = useTranslation('inventory')
  const search = useSearch({ from: '/inside/inventory' })
  const back = (
    <ActionIcon component={Link} to="/assets" variant="default" size={30} aria-label={t('search.back')}>
      <IconArrowLeft size={17} />
    </ActionIcon>
  )
  return (
    <div className={classes.page}>
      <PageHeader title={t('search.title')} before={back} />
      <Question key={JSON.stringify(search)} search={search} />
      {search.name ? (
        <Found search={{ ...search, name: search.name }} />
      ) : (
        <EmptyState icon={<IconListSearch size={22} />} title={t('search.start.title')}>
          {t('search.start.words')}
        </EmptyState>
      )}
    </div>
  )
}

function Question({ search }: { search: InventorySearch }) {
  const { t } = useTranslation('inventory')
  const navigate = useNavigate()
  const [kind, setKind] = useState<SearchedKind>(search.kind ?? 'package')
  const [name, setName] = useState(search.name ?? '')
  const [version, setVersion] = useState(search.version ?? '')
  const [test, setTest] = useState<VersionTest>(search.test ?? 'below')
  const ask = () => {
    const next: InventorySearch = { ...(kind !== 'package' && { kind }), ...(name.trim() && { name: name.trim() }) }
    if (kind === 'package' && version.trim()) Object.assign(next, { version: version.trim(), test })
    void navigate({ to: '/inventory', search: next })
  }
  return (
    <search aria-label={t('search.title')}>
      <form
        className={classes.question}
        onSubmit={(event) => {
          event.preventDefault()
          ask()
        }}
      >
        <Select
          className={classes.kind}
          label={t('search.kind')}
          value={kind}
          allowDeselect={false}
          onChange={(value) => setKind(searchedKinds.find((one) => one === value) ?? 'package')}
          data={searchedKinds.map((one) => ({ value: one, label: t(`kind.${one}`) }))}
        />
        <TextInput
          className={classes.name}
          label={t(`search.name.${kind}`)}
          description={t('search.wildcard')}
          inputWrapperOrder={['label', 'input', 'description']}
          placeholder={t(`search.example.${kind}`)}
          value={name}
          maxLength={256}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {kind === 'package' && (
          <>
            <Select
              className={classes.test}
              label={t('search.version')}
              value={test}
              allowDeselect={false}
              onChange={(value) => setTest(versionTests.find((one) => one === value) ?? 'below')}
              data={versionTests.map((one) => ({ value: one, label: t(`search.test.${one}`) }))}
            />
            <TextInput
              className={classes.version}
              aria-label={t('search.version')}
              placeholder={t('search.anyVersion')}
              value={version}
              maxLength={128}
              onChange={(event) => setVersion(event.currentTarget.value)}
            />
          </>
        )}
        <Button type="submit" disabled={name.trim() === ''} className={classes.ask}>
          {t('search.ask')}
        </Button>
      </form>
    </search>
  )
}

function Found({ search }: { search: InventorySearch & { name: string } }) {
  const { t } = useTranslation('inventory')
  const formats = useFormats()
  const { kind = 'package', name, version, test } = search
  const found = useInfiniteQuery(
    inventorySearchQuery({ kind, name, ...(version && { version }), ...(test && { test }) }),
  )
  if (found.isPending) return <LoadingLines lines={8} height={20} />
  if (found.error && !found.data) return <ErrorState error={found.error} onRetry={() => void found.refetch()} />
  const [first] = found.data?.pages ?? []
  if (!first) return null
  const rows = found.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <div className={classes.found}>
      <p className={classes.count} role="status">
        {t('search.found', {
          count: first.assets,
          number: formats.count(first.assets),
          of: formats.count(first.told),
        })}
        {first.cut && ` ${t('search.cut')}`}
      </p>
      {rows.length > 0 ? (
        <ThingTable
          kind={kind}
          things={rows}
          label={t('search.title')}
          before={{ title: t('search.server'), cell: (thing) => <Server of={thing} />, key: (thing) => thing.asset.id }}
        />
      ) : (
        <EmptyState icon={<IconListSearch size={22} />} title={t('search.none.title')}>
          {t('search.none.words', { count: first.told, number: formats.count(first.told) })}
        </EmptyState>
      )}
      {found.hasNextPage && (
        <div className={classes.more}>
          <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            {t('more', { count: first.total - rows.length, number: formats.count(first.total - rows.length) })}
          </Button>
        </div>
      )}
    </div>
  )
}

function Server({ of: { asset } }: { of: InventorySearchPage['items'][number] }) {
  const { t } = useTranslation('inventory')
  return (
    <>
      <Link to="/assets/$assetId" params={{ assetId: asset.id }} className={table.main}>
        <VisibleText value={asset.name} />
      </Link>
      {asset.agent !== 'online' && <div className={`${table.dim} ${table.small}`}>{t('search.notOnline')}</div>}
    </>
  )
}
