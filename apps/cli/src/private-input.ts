/** A secret from the environment, else the first line of standard input: never from the command line, which every user can read. */

/** Characters read of standard input; a token is shorter. */
const inputMax = 4096

/** Takes the variable out of the environment, so that no child gets it. */
export async function privateInput(variable: string, prompt: string): Promise<string> {
  const fromEnvironment = process.env[variable]
  delete process.env[variable]
  if (fromEnvironment) return fromEnvironment
  if (process.stdin.isTTY) process.stderr.write(`${prompt}, and press Enter: `)
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk
    if (text.length > inputMax || text.includes('\n')) break
  }
  return text.slice(0, inputMax).split('\n', 1)[0] ?? ''
}
