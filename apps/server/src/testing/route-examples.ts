/** What tests that walk the table of routes send, so that they reach its handlers. A new route adds its own to the examples of the API. */
export { exampleBodies as bodies, exampleQueries as queries } from '@rampart/api'
