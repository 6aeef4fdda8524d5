/** What the gateway's controllers are given. */
export const STORE = Symbol('store');
export const REQUESTS = Symbol('requests');
export const INTAKE = Symbol('intake');
export const STREAMS = Symbol('streams');
export const HEALTH = Symbol('health');
export const INTERVENTIONS = Symbol('interventions');
export const RESPONSES = Symbol('responses');
export const RUNS = Symbol('runs');
export const AGENTS = Symbol('agents');
export const ITEMS = Symbol('items');
export const THREAD_SEARCH = Symbol('thread search');
export const THREAD_REMOVAL = Symbol('thread removal');
export const DIRECTORY = Symbol('directory');
export const ENDED_RUNS = Symbol('ended runs');
export const WEBHOOK_SECRET = Symbol('webhook secret');
