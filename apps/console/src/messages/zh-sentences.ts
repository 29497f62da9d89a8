/** What server and agents say, in Chinese. */
import agent from './zh-sentences/agent.json' with { type: 'json' }
import server from './zh-sentences/server.json' with { type: 'json' }

export default [server, agent] as Record<string, string>[]
