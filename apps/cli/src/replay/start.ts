/**
 * Loaded before anything else of a replay (see the launcher), by its threads too: how V8 deals with code that runs for
 * seconds. These flags are set here, not on the command line, where they would keep Node from its own parsed code; that
 * of what follows is kept by itself, since it is kept for flags. What of Node is needed comes first for the same reason.
 */
import 'node:child_process'
import 'node:crypto'
import 'node:fs/promises'
import 'node:net'
import 'node:os'
import 'node:perf_hooks'
import 'node:stream'
import 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import 'node:worker_threads'
import 'node:zlib'

// other versions may not know them
if (process.version.startsWith('v24.')) {
  // functions are kept parsed, not only the files that they are in
  setFlagsFromString('--no-lazy')
  // what V8's last compiler makes pays late, and most replays have ended by then
  setFlagsFromString('--invocation-count-for-turbofan=60000')
}
