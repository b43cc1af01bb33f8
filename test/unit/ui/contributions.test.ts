import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { defaultSettings } from "../../../src/run/settings";
import {
  commandIds,
  contextKeys,
  foreignTimelineEditorId,
  runPanelId,
  settingIds,
  timelineEditorId,
  viewIds,
} from "../../../src/ui/contributions";

interface Command {
  readonly command: string;
  readonly title: string;
  readonly when?: string;
  readonly enablement?: string;
}

interface Manifest {
  readonly activationEvents: readonly string[];
  readonly icon: string;
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
  readonly contributes: {
    readonly commands: readonly Command[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly viewsWelcome: readonly { readonly view: string; readonly contents: string }[];
    readonly menus: Readonly<Record<string, readonly Command[]>>;
    readonly keybindings: readonly Command[];
    readonly customEditors: readonly { readonly viewType: string; readonly priority: string }[];
    readonly colors: readonly { readonly id: string; readonly defaults: Readonly<Record<string, string>> }[];
    readonly configuration: readonly {
      readonly properties: Readonly<
        Record<string, { readonly default: unknown; readonly scope?: string; readonly markdownDescription: string }>
      >;
    }[];
  };
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const { contributes } = manifest;
const settings = Object.assign({}, ...contributes.configuration.map((section) => section.properties)) as Record<
  string,
  { readonly default: unknown; readonly scope?: string; readonly markdownDescription: string }
>;
const sorted = (items: readonly string[]): string[] => [...items].sort();

describe("contributions", () => {
  it("declares the same settings as the code, each with a default and a description", () => {
    assert.deepEqual(sorted(Object.keys(settings)), sorted(settingIds));
    for (const [id, { default: value, markdownDescription }] of Object.entries(settings)) {
      assert.notEqual(value, undefined, id);
      assert.match(markdownDescription, /\.$/, id);
    }
  });

  it("gives run settings the defaults that the command line has", () => {
    for (const [id, { default: value }] of Object.entries(settings)) {
      const name = /^tandem\.run\.(.+)$/.exec(id)?.[1];
      // "auto" is what the command line does without --processors.
      if (name === "processors") assert.equal(value, "auto");
      else if (name !== undefined) assert.equal(value, defaultSettings[name as keyof typeof defaultSettings], id);
    }
  });

  it("lets no workspace that is not trusted choose programs or folders", () => {
    const paths = settingIds.filter((id) => /path$|folders?$|server$/.test(id));
    assert.deepEqual(sorted(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations), sorted(paths));
  });

  it("names only declared commands in menus, keys and welcome texts", () => {
    const known = new Set<string>(commandIds);
    const used = [...Object.values(contributes.menus).flat(), ...contributes.keybindings].map((item) => item.command);
    const linked = contributes.viewsWelcome.flatMap((item) =>
      [...item.contents.matchAll(/command:(tandem\.[A-Za-z]+)/g)].map((match) => match[1] ?? ""),
    );
    assert.deepEqual(
      [...used, ...linked].filter((id) => !known.has(id)),
      [],
    );
  });

  it("reads only context keys and ids that exist in when-clauses", () => {
    const known = new Set<string>([...contextKeys, ...viewIds, runPanelId, timelineEditorId]);
    const clauses = [
      ...Object.values(contributes.menus).flat(),
      ...contributes.keybindings,
      ...contributes.commands,
    ].flatMap((item) => [item.when ?? "", item.enablement ?? ""]);
    const names = clauses.flatMap((clause) => [...clause.matchAll(/tandem\.[A-Za-z]+/g)].map((match) => match[0]));
    assert.deepEqual(
      names.filter((name) => !known.has(name)),
      [],
    );
  });

  it("starts by itself only when something of it is used", () => {
    assert.deepEqual(manifest.activationEvents, []);
  });

  it("opens traces with the editor that the code registers", () => {
    assert.deepEqual(
      contributes.customEditors.map((editor) => editor.viewType),
      [timelineEditorId, foreignTimelineEditorId],
    );
    // Files that many programs write stay with the text editor until somebody asks.
    assert.equal(contributes.customEditors[1]?.priority, "option");
  });

  it("gives each colour all four themes", () => {
    assert.equal(contributes.colors.length, 11);
    for (const { id, defaults } of contributes.colors) {
      assert.deepEqual(sorted(Object.keys(defaults)), ["dark", "highContrast", "highContrastLight", "light"], id);
      for (const color of Object.values(defaults)) assert.match(color, /^#[0-9A-F]{6}$/i, id);
    }
  });
});
