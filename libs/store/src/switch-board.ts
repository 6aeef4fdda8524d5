import { type ToolSwitch, switchThatHolds } from '@lumina/contracts';
import type { ControlWatch } from './control-watch';
import type { ToolSwitches } from './tool-switches';

/** The switches as a process knows them: asked for each call, without asking Redis. */
export class SwitchBoard {
  private switches: readonly ToolSwitch[] = [];

  /** `onChange`: told how things stand now, each time they may have changed. */
  constructor(
    source: Pick<ToolSwitches, 'list'>,
    watch: Pick<ControlWatch, 'on'>,
    onChange: (switches: readonly ToolSwitch[]) => void = () => undefined,
  ) {
    watch.on('switches', async () => {
      this.switches = await source.list();
      onChange(this.switches);
    });
  }

  /** Why a tool is off for a tenant; undefined while it is on. */
  offFor(tool: string, tenant: string): ToolSwitch | undefined {
    return switchThatHolds(this.switches, tool, tenant);
  }
}
