/** What the gateway's controllers are given. */
export const STORE = Symbol('store');
export const REQUESTS = Symbol('requests');
export const INTAKE = Symbol('intake');
export const STREAMS = Symbol('streams');
export const HEALTH = Symbol('health');
export const TOOL_CONTROL = Symbol('tool control');
export const INTERVENTIONS = Symbol('interventions');
