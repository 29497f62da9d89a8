/** Serves the built console over invented data on a port, for looking at it: `tools/node test/serve-fixture.ts [PORT]`. */
import { startFixture } from './fixture/server.ts'

const fixture = await startFixture({
  dist: new URL('../dist', import.meta.url).pathname,
  port: Number(process.argv[2] ?? 0),
})
process.stdout.write(`${fixture.url}\n`)
