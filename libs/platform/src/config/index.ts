export { SettingsError, type SettingsFault } from './settings-error';
export {
  type Environment,
  type SettingDescription,
  type Settings,
  type SettingsShape,
  defineSettings,
  describeSettings,
  parseSettings,
} from './settings';
export { type Present, type Setting, type SettingOptions, secretOf, setting } from './setting';
export { bytes, decimal, duration, flag, integer, list, oneOf, secret, text, url } from './setting-kinds';
export { readSecretFile } from './secret-file';
