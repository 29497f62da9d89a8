/** Directories of Sigma rules → their texts. */
import { glob, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelText } from '@rampart/detection'

/** Reads `.yml` and `.yaml` files below each path, in order of their paths. Throws when a path does not exist. */
export async function readRuleTexts(paths: readonly string[]): Promise<ModelText[]> {
  const files: string[] = []
  for (const path of paths) {
    if (!(await stat(path)).isDirectory()) files.push(path)
    else {
      const found: string[] = []
      for await (const file of glob('**/*.{yml,yaml}', { cwd: path })) found.push(join(path, file))
      files.push(...found.sort())
    }
  }
  return Promise.all(files.map(async (path) => ({ path, text: await readFile(path, 'utf8') })))
}
