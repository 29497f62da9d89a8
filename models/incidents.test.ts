/** Ordinary days and samples through models and joining: ordinary work makes no incident, an attack of several acts makes one. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { alertMigrations, Database, type Incident, SqliteAlertStore, SqliteIncidentStore } from '@rampart/alert'
import { createDetector } from '@rampart/detection'
import { createIndicatorSet } from '@rampart/intel'
import { loadIndicators, loadModels } from '@rampart/models'
import { openRecorded } from '@rampart/sensor'

const baseline = fileURLToPath(new URL('../test/baseline', import.meta.url))
const loaded = loadModels(undefined, { samples: false })
const indicators = createIndicatorSet(loadIndicators().indicators)

async function incidentsOf(path: string): Promise<{ alerts: number; incidents: Incident[] }> {
  const { detector } = createDetector({ models: loaded.models, indicators })
  const opened = Database.open(':memory:', alertMigrations)
  assert.ok(opened.ok)
  const alerts = new SqliteAlertStore(opened.database)
  const incidents = new SqliteIncidentStore(opened.database)
  for await (const item of openRecorded([path])) {
    if ('unparsed' in item) continue
    const findings = detector.detect(item.event).map((finding) => ({
      ...finding,
      techniques: detector.model(finding.modelId)?.techniques ?? [],
    }))
    if (findings.length > 0) await alerts.commit({ findings, acknowledged: [], at: item.event.at })
  }
  const { total } = await alerts.list({ handled: 'all', sort: 'lastAt', order: 'desc', limit: 1 })
  const { items } = await incidents.list({ sort: 'lastAt', limit: 200 })
  opened.database.close()
  return { alerts: total, incidents: items }
}

for (const file of readdirSync(baseline).filter((name) => name.endsWith('.gz')))
  test(`ordinary work in ${file} is no attack of several acts`, async () => {
    const { incidents } = await incidentsOf(join(baseline, file))
    // What is rightly reported of an ordinary day may share a process tree, but never makes anything urgent or large.
    const worrying = incidents.filter(({ level, alertCount }) => level === 'Urgent' || alertCount > 5)
    assert.deepEqual(
      worrying.map(({ title, alertCount }) => `${title} (${alertCount})`),
      [],
    )
  })
