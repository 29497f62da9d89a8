/** Event `module.loaded`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'

export const moduleLoaded = defineEvent('module.loaded', 'A kernel module was loaded or removed.', {
  module: z.object({
    name: z.string().max(128).meta({ description: 'Module name.' }),
    path: z.string().max(8192).meta({ description: 'File it came from, when known.' }).optional(),
    outOfTree: z.boolean().meta({ description: 'True when the kernel marks it out of tree.' }).optional(),
  }),
  operation: z.enum(['load', 'unload']).meta({ description: 'Loaded or removed.' }),
})
export type ModuleLoaded = z.infer<typeof moduleLoaded>
