export { type ModelSim, type ModelSimOptions, startModelSim } from './server';
export {
  type Scenario,
  type ScenarioBook,
  ScenarioError,
  parseScenario,
  readScenario,
} from './scenario/book';
