/** The commands of all plugins, each with what checks its arguments. */
import { inject, singleton } from "tsyringe";
import type { CommandInfo, Commands } from "../commands.ts";
import type { AnyCommand } from "../plugin.ts";
import { CommandFigures } from "../statistics/figures.ts";
import { ArgumentReader } from "./arguments.ts";
import { Gate } from "./gate.ts";
import { GeneratedValidators, type GeneratedValidatorTable, loadValidators } from "./validators.ts";

export interface RegisteredCommand {
  readonly definition: AnyCommand;
  /** The plugin that it came with. */
  readonly plugin: string;
  readonly arguments: ArgumentReader;
  /** Since it was added. */
  readonly figures: CommandFigures;
}

@singleton()
export class CommandRegistry implements Commands {
  private readonly commands = new Map<string, RegisteredCommand>();
  private readonly reasons = new Map<string, { readonly reason: string; readonly from: string }>();
  private readonly gate: Gate;
  private readonly generated: GeneratedValidatorTable;

  constructor(@inject(Gate) gate: Gate, @inject(GeneratedValidators.key) generated: GeneratedValidatorTable) {
    this.gate = gate;
    this.generated = generated;
  }

  /**
   * Adds the commands of one plugin that this system supports.
   * @throws Error naming both plugins if a name is taken.
   */
  async add(plugin: string, definitions: readonly AnyCommand[]): Promise<void> {
    const supported: AnyCommand[] = [];
    for (const definition of definitions) {
      const answer = (await definition.supported?.()) ?? true;
      if (answer === true) supported.push(definition);
      else this.reasons.set(definition.name, { reason: answer, from: plugin });
    }
    const validators = await loadValidators(supported, this.generated);
    for (const definition of supported) {
      const { name } = definition;
      const taken = this.commands.get(name);
      if (taken) throw new Error(`plugins '${taken.plugin}' and '${plugin}' both bring the command ${name}: remove one of them`);
      const reader = new ArgumentReader(definition.arguments, validators.get(name));
      this.commands.set(name, { definition, plugin, arguments: reader, figures: new CommandFigures() });
    }
  }

  /** Takes the commands of a plugin away that is stopped. */
  remove(plugin: string): void {
    for (const [name, command] of this.commands) {
      if (command.plugin === plugin) this.commands.delete(name);
    }
    for (const [name, { from }] of this.reasons) {
      if (from === plugin) this.reasons.delete(name);
    }
  }

  find(name: string): RegisteredCommand | undefined {
    return this.commands.get(name);
  }

  all(): readonly RegisteredCommand[] {
    return [...this.commands.values()];
  }

  /** The commands that were left out, each with the reason why this system can't do it. */
  unsupported(): ReadonlyMap<string, string> {
    return new Map(Array.from(this.reasons, ([name, { reason }]) => [name, reason]));
  }

  list(): readonly CommandInfo[] {
    return Array.from(this.commands.values(), ({ definition }) => ({
      name: definition.name,
      enabled: this.gate.isEnabled(definition),
      answers: definition.answers !== false,
    }));
  }
}
