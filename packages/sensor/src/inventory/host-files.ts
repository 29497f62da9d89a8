/** What a look reads with: paths of the host, through the memo. */
import type { FileMemo } from './file-memo.ts'

export interface HostFiles {
  memo: FileMemo
  /** Puts the root of the host before a path. */
  at(path: string): string
  /** The folder of /proc. */
  proc: string
}
