/** Documents of one model file → the same with ids that no other file can share, so that base rules of two models never meet. */
import type { SigmaDocument } from '@rampart/sigma'

/**
 * The model's own document keeps its id; base rules become `<model id>#<position>`, and references by id or name follow.
 * References to anything outside the file stay as they are and are refused by the engine.
 */
export function scopeDocuments(documents: readonly SigmaDocument[], modelId: string): SigmaDocument[] {
  const renamed = new Map<string, string>()
  const ids = documents.map((document, position) => {
    const id = document.id === modelId ? modelId : `${modelId}#${position}`
    renamed.set(document.id, id)
    if (document.name) renamed.set(document.name, id)
    return id
  })
  const follow = (to: string) => renamed.get(to) ?? to
  return documents.map((document, position) => {
    const scoped = { ...document, id: ids[position] ?? modelId, name: undefined }
    if (scoped.kind === 'filter')
      return { ...scoped, rules: scoped.rules?.map((rule) => ({ ...rule, to: follow(rule.to) })) }
    if (scoped.kind === 'rule') return scoped
    const { correlation } = scoped
    return {
      ...scoped,
      correlation: {
        ...correlation,
        rules: correlation.rules.map((rule) => ({ ...rule, to: follow(rule.to) })),
        aliases: Object.fromEntries(
          Object.entries(correlation.aliases).map(([alias, fields]) => [
            alias,
            Object.fromEntries(Object.entries(fields).map(([rule, field]) => [follow(rule), field])),
          ]),
        ),
      },
    }
  })
}
