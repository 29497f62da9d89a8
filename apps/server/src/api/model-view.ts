/** The catalogue of models → the rows and details of the API. */
import type { ModelDetail, ModelList, ModelRow } from '@rampart/api'
import { tactics, techniques } from '@rampart/detection'
import { summaryOf } from '@rampart/models'
import { isModelOn } from '@rampart/policy'
import type { Context } from '../context.ts'
import type { CatalogueEntry } from '../detection/detector-host.ts'
import type { AssetScope } from './asset-scope.ts'
import { iso } from './process-chain.ts'

type Fired = Map<string, { open: number; lastAt: number }>

/** Characters of one sample that are shown. */
const sampleMax = 65_536

function toModelRow(context: Context, { model, folder }: CatalogueEntry, fired: Fired): ModelRow {
  const count = fired.get(model.id)
  const { drill: _, ...summary } = summaryOf(model, folder)
  return {
    ...summary,
    slug: folder?.slug ?? model.slug,
    enabled: isModelOn(model.id, context.switches),
    openAlerts: count?.open ?? 0,
    lastFiredAt: count ? iso(count.lastAt) : null,
  }
}

/** The catalogue; what the models found is counted on the assets of the scope. */
export async function toModelList(context: Context, scope: AssetScope): Promise<ModelList> {
  const fired = await context.alerts.countsByModel(scope)
  const entries = [...context.detector.catalogue.values()]
  const stated = new Set(entries.flatMap(({ model }) => model.techniques))
  const named: ModelList['techniques'] = {}
  for (const id of [...stated].sort()) {
    const technique = techniques.get(id)
    if (technique) named[id] = { name: technique.name, tactics: technique.tactics.map(tacticName) }
  }
  return {
    items: entries.map((entry) => toModelRow(context, entry, fired)),
    techniques: named,
    tactics: tactics.map(({ slug }) => slug),
    refused: context.detector.refused.map(({ path, code, message }) => ({ path, code, message })),
  }
}

const tacticName = (slug: string) => tactics.find((tactic) => tactic.slug === slug)?.name ?? slug

export async function toModelDetail(context: Context, id: string, scope: AssetScope): Promise<ModelDetail | null> {
  const entry = context.detector.catalogue.get(id)
  if (!entry) return null
  const { model, folder } = entry
  return {
    ...toModelRow(context, entry, await context.alerts.countsByModel(scope)),
    description: model.description,
    why: model.why,
    blindSpots: model.blindSpots,
    falsePositives: model.falsePositives,
    triage: model.triage,
    advice: model.advice,
    references: model.references,
    rule: model.text,
    samples: (folder?.samples ?? []).map(({ label, name, text }) => ({ label, name, text: text.slice(0, sampleMax) })),
  }
}
