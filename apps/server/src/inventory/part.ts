/** A part of an agent's inventory as it came → rows, or undefined when it is not what an agent sends. */
import { promisify } from 'node:util'
import { zstdDecompress } from 'node:zlib'
import { inventoryBytesMax, inventoryThingsMax } from '@rampart/api'
import { z } from 'zod'
import { unpackMessage } from '../ingest/decode-batch.ts'

const name = z.string().min(1).max(1024)
const instant = z.number().nonnegative()
const part = z.object({
  set: z
    .array(
      z.tuple([
        name,
        z.record(z.string().max(64), z.union([z.string().max(2048), z.number(), z.boolean()])),
        instant.nullable(),
        instant.nullable(),
      ]),
    )
    .max(inventoryThingsMax),
  gone: z.array(z.tuple([name, instant])).max(inventoryThingsMax),
})
export type InventoryPart = z.infer<typeof part>

const decompress = promisify(zstdDecompress)

/** Never throws. */
export async function readInventoryPart(payload: Uint8Array): Promise<InventoryPart | undefined> {
  try {
    const parsed = part.safeParse(unpackMessage(await decompress(payload, { maxOutputLength: inventoryBytesMax })))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
