/** Handlers of routes/audit.ts. */
import type { AuditRow } from '@rampart/api'
import type { Context } from '../../context.ts'
import type { AuditFilter, StoredAuditRow } from '../../store/audit-trail.ts'
import type { Handlers, Query } from '../call.ts'
import { csvLine, MadeFile } from '../made-file.ts'
import { iso } from '../process-chain.ts'

export function auditHandlers(context: Context): Pick<Handlers, 'listAudit' | 'exportAudit' | 'verifyAudit'> {
  const { trail } = context.people
  return {
    async listAudit({ query: { cursor, limit, ...filter } }) {
      const rows = trail.list(toFilter(filter), limit + 1, cursor ?? null)
      const items = rows.slice(0, limit)
      return {
        items: items.map(toView),
        nextCursor: rows.length > limit ? (items.at(-1)?.number ?? null) : null,
        total: trail.count(toFilter(filter)),
        ...trail.names(),
      }
    },
    async exportAudit({ query: { format, ...filter } }) {
      const rows = trail.each(toFilter(filter))
      return format === 'csv'
        ? new MadeFile('text/csv; charset=utf-8', 'rampart-audit-trail.csv', csvOf(rows))
        : new MadeFile('application/x-ndjson', 'rampart-audit-trail.ndjson', ndjsonOf(rows))
    },
    async verifyAudit() {
      const verdict = trail.verify()
      return verdict.intact
        ? { ...verdict, brokenAt: null, why: null }
        : { intact: false, rows: verdict.rows, head: null, brokenAt: verdict.brokenAt, why: verdict.why }
    },
  }
}

function toView(row: StoredAuditRow): AuditRow {
  return { ...row, at: iso(row.at), subject: row.subject ?? null, detail: row.detail ?? null }
}

function toFilter({ from, to, ...filter }: Omit<Query<'listAudit'>, 'cursor' | 'limit'>): AuditFilter {
  return {
    ...filter,
    from: from === undefined ? undefined : Date.parse(from),
    to: to === undefined ? undefined : Date.parse(to),
  }
}

const columns = ['number', 'at', 'actor', 'address', 'action', 'subject', 'detail', 'hash'] as const

async function* csvOf(rows: Iterable<StoredAuditRow>): AsyncGenerator<string> {
  yield csvLine(columns)
  for (const row of rows) {
    const view = toView(row)
    yield csvLine(columns.map((column) => (column === 'detail' ? JSON.stringify(view.detail ?? {}) : view[column])))
  }
}

async function* ndjsonOf(rows: Iterable<StoredAuditRow>): AsyncGenerator<string> {
  for (const row of rows) yield `${JSON.stringify(toView(row))}\n`
}
