/** Builds the console into apps/console/dist when one of its sources is newer than the last build. */
import { spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const newest = Math.max(
  ...globSync(
    [
      'apps/console/{src,public}/**/*',
      'apps/console/*.{html,ts,json}',
      'packages/{api,event}/src/**/*.ts',
      'package-lock.json',
    ],
    { cwd: root },
  ).map((file) => statSync(`${root}/${file}`).mtimeMs),
)
const built = statSync(`${root}/apps/console/dist/index.html`, { throwIfNoEntry: false })?.mtimeMs ?? 0
if (built >= newest && !process.argv.includes('--force')) process.exit(0)

console.error('Building the console …')
const vite = spawnSync(process.execPath, [`${root}/node_modules/vite/bin/vite.js`, 'build', '--logLevel', 'warn'], {
  cwd: `${root}/apps/console`,
  stdio: ['ignore', 'inherit', 'inherit'],
})
process.exit(vite.status ?? 1)
