export { type CapturedOutput } from './process/captured-output';
export {
  type OpenSandbox,
  type SandboxChoice,
  type SandboxSearch,
  type TierFault,
  openSandbox,
  programPath,
  sandboxChoices,
} from './open-sandbox';
export {
  type ExceededLimit,
  type Sandbox,
  type SandboxDialogue,
  type SandboxEnd,
  type SandboxLimits,
  type SandboxNetwork,
  type SandboxOutcome,
  type SandboxSpec,
  type SandboxTier,
  type SandboxWorkspace,
  defaultLimits,
  sandboxTiers,
} from './sandbox';
