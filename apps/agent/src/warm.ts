/** Loads all that the agent's processes load and ends: run once with their flags, it fills the compile cache for them. */
import './agent-process.ts'
import './identity/enrol.ts'
import './sensing/main.ts'
import '@rampart/sensor/host'
