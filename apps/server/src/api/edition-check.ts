/** What an asset's edition does not have is refused with what to do. */
import { type EditionFeature, editionOfFeature, hasFeature } from '@rampart/policy'
import type { Context } from '../context.ts'
import { Refused } from './refused.ts'

/** Those of `assets` whose edition has the feature; refused when none has. */
export function withFeature<T extends { asset: { id: string; name: string } }>(
  { switches }: Pick<Context, 'switches'>,
  feature: EditionFeature,
  things: readonly T[],
): T[] | Refused {
  const has = things.filter(({ asset }) => hasFeature(switches.asset(asset.id).edition, feature))
  const [first] = things
  if (has.length > 0 || !first) return has
  return new Refused(409, {
    code: 'edition.not-included',
    message: `This needs the edition ${editionOfFeature[feature]}, and ${first.asset.name} has ${switches.asset(first.asset.id).edition}. An administrator can change it on the Servers page.`,
  })
}
